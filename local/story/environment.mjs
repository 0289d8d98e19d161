// Prints shell exports for `eval`: one of the two credential sets of .local/run.json, and where the APIs are.
// Plain JavaScript, so that whatever Node the shell has can run it.
import { existsSync, readFileSync } from 'node:fs';

const RUN_FILE = new URL('../../.local/run.json', import.meta.url);
if (!existsSync(RUN_FILE)) {
  process.stderr.write(
    'There is no .local/run.json, so nothing runs here: start it by `npm start` or `npm run local`.\n',
  );
  process.exit(1);
}
const run = JSON.parse(readFileSync(RUN_FILE, 'utf8'));
const set = process.argv[2] ?? 'iam';
const credentials = run[set];
if (credentials?.accessKeyId === undefined) {
  process.stderr.write(`No credential set ${set} in .local/run.json: say iam or credentials.\n`);
  process.exit(2);
}
const variables = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
  AWS_REGION: run.region,
  AWS_DEFAULT_REGION: run.region,
  // Everything else stays here too: these are no credentials for AWS itself.
  AWS_ENDPOINT_URL: run.aws,
  AWS_ENDPOINT_URL_APP_MESH: run.appmesh,
  AWS_ENDPOINT_URL_ECS: run.ecs,
  WEIR: run.weir,
};
const quoted = (value) => `'${String(value).replaceAll("'", "'\\''")}'`;
for (const [name, value] of Object.entries(variables)) process.stdout.write(`export ${name}=${quoted(value)}\n`);
