import type { HttpCall, HttpReply } from './http-client.ts';
import type { Answer } from './upstream.ts';

/** One gRPC message on the wire: not compressed, length, bytes. */
function message(text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** A unary call of `/<service>/<method>`, with metadata. */
export function grpcCall(method: string, metadata: Readonly<Record<string, string>> = {}): HttpCall {
  const headers = { 'content-type': 'application/grpc', te: 'trailers', ...metadata };
  return { method: 'POST', path: `/${method}`, headers, body: message('hello') };
}

/** Status codes of gRPC by their names in retry policies. */
export const GRPC_STATUS = {
  ok: 0,
  cancelled: 1,
  'deadline-exceeded': 4,
  'resource-exhausted': 8,
  internal: 13,
  unavailable: 14,
} as const;

/** How a gRPC application answers: a message and its status in trailers, or, failed, the status alone. */
export function grpcAnswer(status: keyof typeof GRPC_STATUS, rest: Answer = {}): Answer {
  const [type, code] = [{ 'content-type': 'application/grpc' }, `${GRPC_STATUS[status]}`];
  if (status !== 'ok') return { headers: { ...type, 'grpc-status': code }, ...rest };
  return { headers: type, body: message('hi'), trailers: { 'grpc-status': code }, ...rest };
}

/** The gRPC status a client sees; `undefined` when the reply has none. */
export function grpcStatus({ headers, trailers }: HttpReply): number | undefined {
  const code = trailers['grpc-status'] ?? headers['grpc-status'];
  return code === undefined ? undefined : Number(code);
}
