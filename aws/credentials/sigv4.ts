import { createHash, createHmac } from 'node:crypto';
import { percentEncode } from '#mesh/api/match-operation.ts';

/** An `Authorization: AWS4-HMAC-SHA256 …` header taken apart. */
export interface Authorization {
  readonly accessKeyId: string;
  /** yyyymmdd of the credential scope. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** 64 hex digits. */
  readonly signature: string;
}

/** What a signature covers. */
export interface SignedParts {
  readonly method: string;
  /** Path as the client sent it, percent-encoded. */
  readonly encodedPath: string;
  /** Query string as the client sent it. */
  readonly rawQuery: string;
  /** Lower-case names; a repeated header's values joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, hex. */
  readonly payloadHash: string;
}

const header =
  /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]{16,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;_.-]+), ?Signature=([0-9a-f]{64})$/;

/** Reads an Authorization header; `undefined` when it is not SigV4 (presigned URLs and SigV4A are not either). */
export function parseAuthorization(text: string): Authorization | undefined {
  const [, accessKeyId, day, region, service, names, signature] = header.exec(text) ?? [];
  if (!accessKeyId || !day || !region || !service || !names || !signature) return undefined;
  return { accessKeyId, day, region, service, signedHeaders: names.split(';'), signature };
}

/** The signature a client with this secret gives these parts: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export function signatureOf(secret: string, authorization: Authorization, parts: SignedParts): string {
  const { day, region, service } = authorization;
  const scope = `${day}/${region}/${service}/aws4_request`;
  const request = sha256(canonicalRequest(authorization.signedHeaders, parts));
  const toSign = ['AWS4-HMAC-SHA256', parts.headers['x-amz-date'] ?? '', scope, request].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, toSign).toString('hex');
}

/** SHA-256 in hex. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

function canonicalRequest(names: readonly string[], parts: SignedParts): string {
  const headers = names.map((name) => `${name}:${(parts.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`);
  // SigV4 encodes the already encoded path once more, for every service but S3.
  const path = parts.encodedPath.split('/').map(percentEncode).join('/');
  return [
    parts.method,
    path,
    canonicalQuery(parts.rawQuery),
    headers.join(''),
    names.join(';'),
    parts.payloadHash,
  ].join('\n');
}

function canonicalQuery(rawQuery: string): string {
  const pairs = rawQuery.split('&').filter((pair) => pair !== '');
  return pairs
    .map((pair) => /^([^=]*)=?(.*)$/s.exec(pair) ?? [])
    .map(([, name = '', value = '']) => [percentEncode(decode(name)), percentEncode(decode(value))] as const)
    .sort(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map((pair) => pair.join('='))
    .join('&');
}

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Percent-decoded text, or the text itself when it is not percent-encoded (its signature will not fit then). */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
