import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EcsError } from './ecs-error.ts';

/** A request as an authorizer sees it: enough to verify a SigV4 signature. */
export type SignedRequest = { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer };

/** Refuses a request by throwing; the error's `name` becomes the `__type` of the answer. */
export type Authorize = (request: SignedRequest) => void | Promise<void>;

/** One operation: the parsed JSON body in, the JSON answer out. */
export type Operation = (input: unknown) => unknown;

/** ECS's target prefix on the wire; it kept the service's first name. */
const TARGET = 'AmazonEC2ContainerServiceV20141113.';
const CONTENT_TYPE = 'application/x-amz-json-1.1';
/** ECS limits a RegisterTaskDefinition to 64 KiB; nothing legitimate comes near this. */
const MAX_BODY = 1 << 20;

/** Serves AWS's JSON 1.1 protocol on a free loopback port. */
export async function serveJsonProtocol(
  operations: ReadonlyMap<string, Operation>,
  authorize: Authorize,
  log: (message: string) => void,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    handle(request, operations, authorize).then(
      (output) => send(response, 200, output),
      (error: unknown) => sendError(response, error, log),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Refuses a request that carries no SigV4 signature at all; whose it is, it cannot tell. */
export function requireSignature({ headers }: SignedRequest): void {
  const signed = /^AWS4-HMAC-SHA256 Credential=[^,]+\/ecs\/aws4_request,/.test(headers.authorization ?? '');
  if (!signed) throw new EcsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
}

async function handle(
  request: IncomingMessage,
  operations: ReadonlyMap<string, Operation>,
  authorize: Authorize,
): Promise<unknown> {
  const body = await read(request);
  await authorize({ method: request.method ?? '', path: request.url ?? '/', headers: request.headers, body });
  const target = `${request.headers['x-amz-target'] ?? ''}`;
  const name = target.startsWith(TARGET) ? target.slice(TARGET.length) : target;
  const operation = operations.get(name);
  if (!operation)
    throw new EcsError('UnknownOperationException', `Local ECS has no operation ${name || '(no target)'}.`);
  return operation(parse(body));
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new EcsError('SerializationException', `Request is larger than ${MAX_BODY} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new EcsError('SerializationException', `The request body is not JSON: ${String(error)}`);
  }
}

function sendError(response: ServerResponse, error: unknown, log: (message: string) => void): void {
  const status = error instanceof EcsError ? error.status : refusalStatus(error);
  if (status === 500) log(`ecs: ${error instanceof Error ? error.stack : String(error)}`);
  const name = error instanceof Error && status !== 500 ? error.name : 'ServerException';
  const message = error instanceof Error ? error.message : String(error);
  response.setHeader('x-amzn-errortype', name);
  send(response, status, { __type: name, message });
}

/** An authorizer's own exception class is a refusal; a plain Error is our fault. */
function refusalStatus(error: unknown): number {
  return error instanceof Error && error.name.endsWith('Exception') ? 400 : 500;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': CONTENT_TYPE }).end(JSON.stringify(body ?? {}));
}
