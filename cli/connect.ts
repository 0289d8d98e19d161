import type { Caller } from '#aws/client/caller.ts';
import { exitCodes, Failure, reasonOf } from './failure.ts';
import { readRunFile } from './run-file.ts';
import type { Connection, Session } from './session.ts';

/** The options every command that talks to Weir has. */
export interface ConnectionOptions {
  readonly endpoint?: string;
  readonly stack?: string;
  readonly profile?: string;
  readonly region?: string;
}

/** Name that docs/deploy.md gives the stack. */
const DEFAULT_STACK = 'weir';
/** https://<api>.execute-api.<region>.amazonaws.com says which region signs for it. */
const GATEWAY_HOST = /\.execute-api\.([a-z0-9-]+)\./;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** First letters of every Weir access key id (aws/credentials/issue.ts): good for the App Mesh API and nothing else. */
const WEIR_KEY_PREFIX = 'ASIAWEIR';

/**
 * Finds Weir: `--endpoint` or `--stack`, then WEIR_ENDPOINT, then WEIR_STACK, then the run of this machine, then the stack
 * `weir`. A local run is called as its own operator: AWS's keys mean nothing there.
 */
export async function connect(session: Session, options: ConnectionOptions): Promise<Connection> {
  const { environment } = session;
  const endpoint = options.endpoint ?? (options.stack === undefined ? environment['WEIR_ENDPOINT'] : undefined);
  const stack = options.stack ?? environment['WEIR_STACK'];
  if (endpoint === undefined && stack === undefined) {
    const run = readRunFile(session.directory);
    if (run) return { endpoint: rootOf(run.weir), region: run.region, credentials: run.iam, ecs: run.ecs };
  }
  const caller = await session.callerOf(options.profile);
  const credentials = await credentialsOf(caller, options.profile, environment);
  if (endpoint !== undefined) {
    const region = options.region ?? GATEWAY_HOST.exec(endpoint)?.[1] ?? (await regionOf(caller));
    return { endpoint: rootOf(endpoint), region, credentials };
  }
  const region = options.region ?? (await regionOf(caller));
  const found = await endpointOf(session, stack ?? DEFAULT_STACK, { region, credentials });
  return { endpoint: rootOf(found), region, credentials };
}

/** What Weir answers may be a secret, so it travels in clear on this machine only. */
function rootOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && LOOPBACK.test(url.hostname)))
    throw new Failure(exitCodes.usage, `the endpoint ${endpoint} is no https URL: give the ApiUrl of the stack.`);
  return endpoint.replace(/\/+$/, '');
}

async function credentialsOf(
  caller: Caller,
  profile: string | undefined,
  environment: Session['environment'],
): Promise<Connection['credentials']> {
  const found = await caller.credentials().catch((cause: unknown) => {
    const failure = `no AWS credentials: ${reasonOf(cause)}. ${adviceFor(profile, environment['AWS_PROFILE'])}`;
    throw new Failure(exitCodes.setup, failure, { cause });
  });
  if (!found.accessKeyId.startsWith(WEIR_KEY_PREFIX)) return found;
  throw new Failure(
    exitCodes.setup,
    `${found.accessKeyId} is a key for the App Mesh API, not one of AWS: give --profile with a profile of your own credentials.`,
  );
}

/** The chain says only that nothing was found: a profile that asks `weir` is a likely reason, and no other program names it. */
function adviceFor(profile: string | undefined, ambient: string | undefined): string {
  if (profile !== undefined)
    return `Log in to the profile ${profile} (aws sso login) or give --profile with another one.`;
  if (ambient === undefined) return 'Log in (aws sso login, aws configure) or give --profile.';
  return (
    `Log in to the profile ${ambient} (aws sso login); if it gets its credentials from weir itself, ` +
    'add --profile with a profile of your own credentials to its credential_process.'
  );
}

async function regionOf(caller: Caller): Promise<string> {
  try {
    return await caller.region();
  } catch (cause) {
    throw new Failure(exitCodes.setup, 'no AWS region: give --region or set AWS_REGION.', { cause });
  }
}

async function endpointOf(
  session: Session,
  stack: string,
  access: { region: string; credentials: Connection['credentials'] },
): Promise<string> {
  const hint = 'Give --endpoint or set WEIR_ENDPOINT to the ApiUrl of the stack, or name the stack by --stack.';
  let found: string | undefined;
  try {
    found = await session.stackOutput(stack, 'ApiUrl', access);
  } catch (cause) {
    const failure = `the stack ${stack} in ${access.region} cannot be read: ${reasonOf(cause)}. ${hint}`;
    throw new Failure(exitCodes.setup, failure, { cause });
  }
  if (found !== undefined) return found;
  throw new Failure(exitCodes.setup, `the stack ${stack} in ${access.region} has no output ApiUrl. ${hint}`);
}
