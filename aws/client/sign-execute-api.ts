import { sha256, signatureOf } from '../credentials/sigv4.ts';
import type { CallerCredentials } from './caller.ts';

/** A request to an `AWS_IAM` route of an HTTP API. */
export interface ApiRequest {
  readonly method: string;
  /** Absolute; names in its path percent-encoded. */
  readonly url: string;
  /** JSON text. */
  readonly body?: string;
}

/** API Gateway's name in the scope of a signature. */
const SERVICE = 'execute-api';

/** The headers that carry the caller's Signature Version 4: all of them but `authorization` are covered by it. */
export function signExecuteApi(
  { method, url, body = '' }: ApiRequest,
  { accessKeyId, secretAccessKey, sessionToken }: CallerCredentials,
  region: string,
  now: Date,
): Record<string, string> {
  const { host, pathname, search } = new URL(url);
  const date = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const payloadHash = sha256(body);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': date,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const signedHeaders = Object.keys(headers).sort();
  const scope = { accessKeyId, day: date.slice(0, 8), region, service: SERVICE, signedHeaders, signature: '' };
  const parts = { method, encodedPath: pathname, rawQuery: search.slice(1), headers, payloadHash };
  const credential = `${accessKeyId}/${scope.day}/${region}/${SERVICE}/aws4_request`;
  const signature = signatureOf(secretAccessKey, scope, parts);
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}
