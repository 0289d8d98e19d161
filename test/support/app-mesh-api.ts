import { createHmac } from 'node:crypto';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { issueSession } from '#aws/credentials/issue.ts';
import { sessionKeys } from '#aws/credentials/session-keys.ts';
import { sha256, signatureOf } from '#aws/credentials/sigv4.ts';
import { route } from '#aws/http.ts';
import { appMeshErrors } from '#aws/http-errors.ts';
import type { MeshStore } from '#mesh/api/ports.ts';
import { meshApi } from '../../functions/mesh-api/mesh-api.ts';

const owner = '000000000000';
const region = 'us-east-1';
const keys = sessionKeys(async (message) => createHmac('sha256', 'key in kms').update(message).digest());

/** A request as a client sends it, bytes and all. */
export interface RawRequest {
  readonly method: string;
  /** Percent-encoded, below `/v20190125`. */
  readonly path: string;
  readonly query?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What comes back. */
export interface RawAnswer {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** The answer as it is on the wire. */
  readonly text: string;
}

/** The API function over a store, called with requests that are signed properly and are otherwise whatever the test says. */
export function appMeshApi(store: MeshStore): (request: RawRequest) => Promise<RawAnswer> {
  const authenticator = { keys, region, now: Date.now };
  const handler = route(appMeshErrors, meshApi({ authenticator, home: { owner, region }, store }));
  return async (request) => {
    const { statusCode = 0, headers = {}, body = '' } = await handler(await signedEvent(request), context);
    return { status: statusCode, type: errorType(headers), body: JSON.parse(body), text: body };
  };
}

/** A store that nothing may reach: each use of it fails the request with a 500. */
export const UNREACHED = new Proxy({} as MeshStore, {
  get: (_, method) => () => Promise.reject(new Error(`the store was asked to ${String(method)}`)),
});

const context = { awsRequestId: 'request', functionName: 'mesh-api' } as Context;
const errorType = (headers: object): string | undefined =>
  (headers as Readonly<Record<string, string>>)['x-amzn-errortype'];

async function signedEvent({ method, path, query = '', body = '', headers = {} }: RawRequest) {
  const bytes = Buffer.from(body);
  const expires = Math.floor(Date.now() / 1000) + 600;
  const principal = `arn:aws:iam::${owner}:user/u`;
  const credentials = await issueSession(keys, { principal, mesh: '*', access: 'admin', expires });
  const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const signed = { host: 'api', 'x-amz-date': date, 'x-amz-security-token': credentials.sessionToken };
  const authorization = {
    accessKeyId: credentials.accessKeyId,
    day: date.slice(0, 8),
    region,
    service: 'appmesh',
    signedHeaders: Object.keys(signed),
    signature: '',
  };
  const encodedPath = `/v20190125${path}`;
  const parts = { method, encodedPath, rawQuery: query, headers: signed, payloadHash: sha256(bytes) };
  const signature = signatureOf(credentials.secretAccessKey, authorization, parts);
  const scope = `${authorization.accessKeyId}/${authorization.day}/${region}/appmesh/aws4_request`;
  const line = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${authorization.signedHeaders.join(';')}, Signature=${signature}`;
  const rawPath = decodeURIComponent(encodedPath.replaceAll('%25', '%2525'));
  return {
    version: '2.0',
    rawPath,
    rawQueryString: query,
    headers: { 'content-type': 'application/json', ...headers, ...signed, authorization: line },
    body: bytes.toString('base64'),
    isBase64Encoded: true,
    requestContext: { requestId: 'request', http: { method, path: rawPath } },
  } as unknown as APIGatewayProxyEventV2;
}
