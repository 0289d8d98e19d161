import { Command, Option } from 'commander';
import * as v from 'valibot';
import { type Access, accessLevels } from '#mesh/api/access.ts';
import { percentEncode } from '#mesh/api/match-operation.ts';
import { callWeir } from '../call-weir.ts';
import { type ConnectionOptions, connect } from '../connect.ts';
import { exitCodes, Failure } from '../failure.ts';
import { type OutputFormat, wholeNumber, withConnection, withOutput } from '../options.ts';
import type { Connection, Session } from '../session.ts';
import type { SessionCache } from '../session-cache.ts';

interface Options extends ConnectionOptions {
  readonly mesh: string;
  readonly access: Access;
  readonly duration?: number;
  readonly cache: boolean;
  readonly output: OutputFormat;
}

/** The API's own least life of a session. */
const LEAST_SECONDS = 60;
/** botocore starts to refresh credentials 15 minutes before they expire; younger ones would be asked for again at once. */
const LEFT_TO_BE_OF_USE_MS = 15 * 60_000;

const Issued = v.object({
  accessKeyId: v.string(),
  secretAccessKey: v.string(),
  sessionToken: v.string(),
  expiration: v.pipe(v.string(), v.isoTimestamp()),
});
type Issued = v.InferOutput<typeof Issued>;

/** `weir credentials`: an AWS `credential_process` that gives App Mesh clients keys of Weir for the caller's own. */
export function credentialsCommand(session: Session, cache: SessionCache): Command {
  const command = new Command('credentials')
    .description('Prints credentials for the App Mesh API, for use as credential_process of an AWS profile.')
    .requiredOption('--mesh <name>', 'the mesh they are for; * for all meshes')
    .addOption(new Option('--access <level>', 'what they allow').choices([...accessLevels]).default('read'))
    .option('--duration <seconds>', 'how long they last (default: an hour)', wholeNumber(LEAST_SECONDS))
    .option('--no-cache', 'ask for new ones even if earlier ones are still good');
  return withOutput(withConnection(command), 'json')
    .addHelpText('after', '\n--output text prints shell exports, for eval "$(weir credentials …)".')
    .action(async (options: Options) => {
      const connection = await connect(session, options);
      session.print(formats[options.output](await issue(session, cache, connection, options)));
    });
}

async function issue(session: Session, cache: SessionCache, connection: Connection, options: Options): Promise<Issued> {
  const { mesh, access, duration } = options;
  // The caller's key is part of it: what one identity was given, another one must not find.
  const key = [connection.endpoint, connection.credentials.accessKeyId, mesh, access, String(duration)];
  const kept = options.cache ? stillGood(cache.read(key), session.now()) : undefined;
  if (kept) return kept;
  const path = `session/${percentEncode(mesh)}/${access}`;
  const body = duration === undefined ? {} : { durationSeconds: duration };
  const answer = v.safeParse(Issued, await callWeir(session, connection, { method: 'POST', path, body }));
  if (!answer.success)
    throw new Failure(exitCodes.failed, `${connection.endpoint} answered without credentials: is it Weir's ApiUrl?`);
  if (options.cache) cache.write(key, JSON.stringify(answer.output));
  return answer.output;
}

function stillGood(text: string | undefined, now: number): Issued | undefined {
  if (text === undefined) return undefined;
  try {
    const issued = v.parse(Issued, JSON.parse(text));
    return Date.parse(issued.expiration) - now > LEFT_TO_BE_OF_USE_MS ? issued : undefined;
  } catch {
    return undefined;
  }
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
const processFormat = ({ accessKeyId, secretAccessKey, sessionToken, expiration }: Issued): string =>
  `${JSON.stringify({
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration,
  })}\n`;

function shellFormat({ accessKeyId, secretAccessKey, sessionToken }: Issued): string {
  const variables = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
  const lines = Object.entries(variables).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`,
  );
  return lines.join('');
}

const formats = { json: processFormat, text: shellFormat };
