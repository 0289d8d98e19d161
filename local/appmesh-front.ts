import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** A running front; `url` is what App Mesh clients take as their endpoint. */
export type AppMeshFront = { url: string; close(): Promise<void> };

/** They describe one connection, not the request; ours to MiniStack is another one. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'upgrade']);

/**
 * The App Mesh API at a root path on loopback, as on AWS, where API Gateway's `$default` stage has its own host name.
 * MiniStack serves the same API under `/_aws/execute-api/<id>`; this front prepends that and changes nothing else, so
 * the mesh API can verify the signature over what the client signed.
 *
 * What the Lambda event (payload 2.0) holds then: `requestContext.http.method`, `rawQueryString`, `body` and every
 * header exactly as sent, among them `headers.host` = this front's `127.0.0.1:<port>`. `rawPath` is the client's path
 * without the prefix, percent-decoded except `%25`, as API Gateway does on AWS: `/v20190125/meshes/a%2Fb%20c%25z`
 * arrives as `/v20190125/meshes/a/b c%25z`.
 */
export async function startAppMeshFront(apiUrl: string): Promise<AppMeshFront> {
  const api = new URL(apiUrl);
  const server = createServer((incoming, outgoing) => {
    forward(api, incoming, outgoing).catch((error: Error) => refuse(outgoing, error));
  });
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function forward(api: URL, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method, url: path = '/' } = incoming;
  const headers = endToEnd(incoming.rawHeaders);
  const sent = request({
    host: api.hostname,
    port: api.port,
    method,
    path: api.pathname + path,
    headers,
    setHost: false,
  });
  const answered = new Promise<IncomingMessage>((answer, failed) =>
    sent.once('response', answer).once('error', failed),
  );
  await pipeline(incoming, sent);
  const response = await answered;
  outgoing.writeHead(response.statusCode ?? 502, endToEnd(response.rawHeaders));
  await pipeline(response, outgoing);
}

/** Name, value, name, value …, as Node keeps and takes them, order and repetition preserved. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => !HOP_BY_HOP.has((rawHeaders[index - (index % 2)] ?? '').toLowerCase()));
}

function refuse(outgoing: ServerResponse, error: Error): void {
  if (outgoing.headersSent) {
    outgoing.destroy(error);
    return;
  }
  outgoing.writeHead(502, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify({ message: `The local API does not answer: ${error.message}` }));
}
