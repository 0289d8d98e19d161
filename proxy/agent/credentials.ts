import { readFileSync } from 'node:fs';
import type { HttpClient } from './http-request.ts';
import type { Credentials } from './sigv4.ts';

/** Gives the task role's keys, renewed when they are about to end. */
export type CredentialSource = () => Promise<Credentials>;

/** No credentials: the task has no role, or the endpoint that ECS names does not give them. */
export class CredentialsUnavailable extends Error {
  override name = 'CredentialsUnavailable';
}

/** ECS's own address of the credentials endpoint (docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html). */
const ECS_ENDPOINT = 'http://169.254.170.2';
/** AWS SDKs renew this long before the end. */
const RENEW_BEFORE_MS = 5 * 60_000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The container's credentials endpoint (`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, or `…_FULL_URI` with its authorization
 * token), else the keys of the environment. Cached; one request at a time; keys still valid are used when renewal fails.
 */
export function credentialSource(
  env: Environment,
  request: HttpClient,
  now: () => number = Date.now,
): CredentialSource {
  let cached: Credentials | undefined;
  let renewal: Promise<Credentials> | undefined;
  const renew = async () => {
    try {
      cached = await load(env, request);
      return cached;
    } catch (error) {
      if (cached?.expiresAt !== undefined && cached.expiresAt > now()) return cached;
      throw error;
    } finally {
      renewal = undefined;
    }
  };
  return () => {
    const fresh = cached !== undefined && (cached.expiresAt ?? Number.POSITIVE_INFINITY) - RENEW_BEFORE_MS > now();
    if (fresh && cached !== undefined) return Promise.resolve(cached);
    renewal ??= renew();
    return renewal;
  };
}

async function load(env: Environment, request: HttpClient): Promise<Credentials> {
  const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  const url = relative === undefined ? env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] : `${ECS_ENDPOINT}${relative}`;
  return url === undefined ? fromEnvironment(env) : fromEndpoint(url, authorization(env), request);
}

function fromEnvironment(env: Environment): Credentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new CredentialsUnavailable('the task has no role: set taskRoleArn in its task definition');
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

function authorization(env: Environment): Record<string, string> {
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const token = file === undefined ? env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] : readFileSync(file, 'utf8').trim();
  return token === undefined ? {} : { authorization: token };
}

async function fromEndpoint(url: string, headers: Record<string, string>, request: HttpClient): Promise<Credentials> {
  const { status, body } = await request({ url, headers });
  if (status !== 200) throw new CredentialsUnavailable(`the container credentials endpoint answered ${status}`);
  const keys = JSON.parse(body.toString()) as Record<string, string | undefined>;
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken, Expiration } = keys;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new CredentialsUnavailable('the container credentials endpoint gave no keys');
  const expiresAt = Expiration === undefined ? undefined : Date.parse(Expiration);
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }), ...(expiresAt && { expiresAt }) };
}
