import { createHash, createHmac } from 'node:crypto';

/** A temporary credential set, as `.local/run.json` holds two of. */
export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

/** What is to be signed. `body` is JSON text, or empty. */
export type UnsignedRequest = { method: string; url: string; body: string };

/**
 * The headers that sign a request to an API Gateway route with AWS_IAM: Signature Version 4 for `execute-api`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signatureHeaders(
  { method, url, body }: UnsignedRequest,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  region: string,
  now: Date = new Date(),
): Record<string, string> {
  const { host, pathname, searchParams } = new URL(url);
  const time = now.toISOString().replace(/[:-]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${region}/execute-api/aws4_request`;
  const signed = { host, 'x-amz-date': time, 'x-amz-security-token': sessionToken };
  const names = Object.keys(signed).join(';');
  const canonical = [
    method,
    pathname.split('/').map(encode).join('/'),
    query(searchParams),
    ...Object.entries(signed).map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const key = [time.slice(0, 8), region, 'execute-api', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${secretAccessKey}`,
  );
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  return {
    'x-amz-date': time,
    'x-amz-security-token': sessionToken,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** RFC 3986: everything but the unreserved characters. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);

function query(parameters: URLSearchParams): string {
  const pairs = [...parameters].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.sort().join('&');
}
