import { createHash, createHmac } from 'node:crypto';

/** Keys of the task role. `expiresAt` (epoch ms) is absent for keys without an end. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAt?: number;
}

/** Where a signature is valid. */
export interface SigningScope {
  readonly service: string;
  readonly region: string;
}

/** A request to sign. `url` is as it will be sent: its path and query must be encoded already, its host is signed. */
export interface Signable {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** AWS IoT closes a connection after 24 h at the latest; the URL is used at once anyway. */
const PRESIGNED_SECONDS = 86_400;

/** The headers of `request` with `x-amz-date`, `x-amz-content-sha256`, the token and SigV4's `authorization` added. */
export function signHeaders(
  request: Signable,
  scope: SigningScope,
  keys: Credentials,
  now: Date,
): Record<string, string> {
  const time = amzDate(now);
  const payload = sha256(request.body);
  const headers = {
    ...request.headers,
    'x-amz-date': time,
    'x-amz-content-sha256': payload,
    ...(keys.sessionToken && { 'x-amz-security-token': keys.sessionToken }),
  };
  const signed = Object.entries({ ...headers, host: request.url.host })
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const canonical = canonicalRequest(request.method, request.url, canonicalQuery(request.url), signed, payload);
  const signature = sign(canonical, time, scope, keys);
  const credential = `${keys.accessKeyId}/${credentialScope(time, scope)}`;
  return {
    ...headers,
    authorization: `${ALGORITHM} Credential=${credential},SignedHeaders=${names},Signature=${signature}`,
  };
}

/**
 * `url` signed in its query for `host`. The session token is appended after signing, as AWS IoT wants it
 * (docs.aws.amazon.com/iot/latest/developerguide/protocols.html, MQTT over WebSocket).
 */
export function presignUrl(url: URL, scope: SigningScope, keys: Credentials, now: Date): string {
  const time = amzDate(now);
  const signing = new URL(url);
  const query = {
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${keys.accessKeyId}/${credentialScope(time, scope)}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(PRESIGNED_SECONDS),
    'X-Amz-SignedHeaders': 'host',
  };
  for (const [name, value] of Object.entries(query)) signing.searchParams.set(name, value);
  const search = canonicalQuery(signing);
  const canonical = canonicalRequest('GET', signing, search, [['host', url.host]], sha256(''));
  const token = keys.sessionToken === undefined ? '' : `&X-Amz-Security-Token=${encode(keys.sessionToken)}`;
  const signature = sign(canonical, time, scope, keys);
  return `${url.protocol}//${url.host}${url.pathname}?${search}&X-Amz-Signature=${signature}${token}`;
}

function canonicalRequest(
  method: string,
  url: URL,
  query: string,
  headers: readonly (readonly [string, string])[],
  payloadHash: string,
): string {
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('');
  const names = headers.map(([name]) => name).join(';');
  return [method, url.pathname, query, lines, names, payloadHash].join('\n');
}

function canonicalQuery(url: URL): string {
  const pairs = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.sort((a, b) => (a < b ? -1 : 1)).join('&');
}

function sign(canonical: string, time: string, scope: SigningScope, keys: Credentials): string {
  const text = [ALGORITHM, time, credentialScope(time, scope), sha256(canonical)].join('\n');
  const parts = [time.slice(0, 8), scope.region, scope.service, 'aws4_request'];
  const key = parts.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${keys.secretAccessKey}`);
  return hmac(key, text).toString('hex');
}

function credentialScope(time: string, { region, service }: SigningScope): string {
  return `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
}

function amzDate(now: Date): string {
  return now.toISOString().replace(/[-:]|\.\d+/g, '');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
