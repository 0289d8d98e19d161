import { createHash, createHmac } from 'node:crypto';
import type { Credentials } from './ministack.ts';

/** A request to an `AWS_IAM` route of an HTTP API. */
export type SignedRequest = {
  method: string;
  url: string;
  credentials: Credentials;
  region: string;
  /** Sent as JSON. */
  body?: unknown;
};

/** API Gateway's name in a signature's scope. */
const SERVICE = 'execute-api';
const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * `fetch` with a Signature Version 4 for `execute-api`, as curl's `--aws-sigv4` makes it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function signedFetch(request: SignedRequest, now = new Date()): Promise<Response> {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const headers = sign(request, body ?? '', now);
  return fetch(request.url, { method: request.method, headers, ...(body === undefined ? {} : { body }) });
}

/** The headers that sign a request: every one of them but `authorization` is covered by the signature. */
export function sign(
  { method, url, credentials, region }: SignedRequest,
  body: string,
  now: Date,
): Record<string, string> {
  const { host, pathname, searchParams } = new URL(url);
  const date = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    host,
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': date,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    encodePath(pathname),
    canonicalQuery(searchParams),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const scope = [date.slice(0, 8), region, SERVICE, 'aws4_request'];
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, [ALGORITHM, date, scope.join('/'), sha256(canonical)].join('\n')).toString('hex');
  const credential = `Credential=${credentials.accessKeyId}/${scope.join('/')}`;
  return {
    ...headers,
    authorization: `${ALGORITHM} ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

/** Every service but S3 encodes the path a second time in its canonical request. */
const encodePath = (path: string) => path.split('/').map(encode).join('/');

function canonicalQuery(parameters: URLSearchParams): string {
  const pairs = [...parameters].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.sort().join('&');
}

/** RFC 3986: `encodeURIComponent` leaves five characters that AWS encodes. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
