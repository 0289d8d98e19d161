import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  constants,
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import { TLSSocket, type TlsOptions } from 'node:tls';

/** A request as an application saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** With TLS: the names in the client's certificate, `''` when it has shown none. */
  readonly peer?: string;
}

/** What an application does with a request: answer, or break the stream (of HTTP/1.1: the connection), or refuse it (HTTP/2). */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly trailers?: Readonly<Record<string, string>>;
  readonly afterMs?: number;
  readonly reset?: true;
  readonly refuse?: true;
}

/** An application behind (or in place of) a proxy: it answers as told and remembers what it was asked. */
export interface Upstream {
  readonly name: string;
  readonly seen: SeenRequest[];
  /** Open connections. */
  readonly connections: ReadonlySet<Socket>;
  answer: (request: SeenRequest, nth: number) => Answer;
  /** Forgets what it saw and answers 200 again. */
  reset(): void;
  close(): Promise<void>;
}

export interface UpstreamOptions {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly protocol?: 'http' | 'http2';
  /** The application speaks TLS itself. */
  readonly tls?: TlsOptions;
}

type Incoming = IncomingMessage | Http2ServerRequest;
type Outgoing = ServerResponse | Http2ServerResponse;

/** Starts an application that answers every request with 200 and its name in `x-app`. */
export async function startUpstream(options: UpstreamOptions): Promise<Upstream> {
  const seen: SeenRequest[] = [];
  const ok = () => ({});
  const connections = new Set<Socket>();
  const server = serve(options, async (incoming, outgoing) => {
    const request = await received(incoming);
    seen.push(request);
    await reply(outgoing, upstream.answer(request, seen.length), options.name);
  });
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket)).on('error', () => {});
  });
  const upstream: Upstream = {
    name: options.name,
    seen,
    connections,
    answer: ok,
    reset() {
      seen.length = 0;
      upstream.answer = ok;
    },
    close: () => closed(server, connections),
  };
  await new Promise<void>((resolve) => server.listen(options.port, options.address, resolve));
  return upstream;
}

/** Ends a server with all its connections. */
export function closed(server: Server, connections: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of connections) socket.destroy();
  });
}

function serve(
  { protocol = 'http', tls }: UpstreamOptions,
  handle: (incoming: Incoming, outgoing: Outgoing) => Promise<void>,
): Server {
  const listener = (incoming: Incoming, outgoing: Outgoing) => void handle(incoming, outgoing).catch(() => {});
  if (protocol === 'http') return tls ? createHttpsServer(tls, listener) : createServer(listener);
  return tls ? createSecureServer(tls, listener) : createHttp2Server(listener);
}

async function received(incoming: Incoming): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = '', url = '', headers } = incoming;
  return { method, url, headers: { ...headers }, body: Buffer.concat(chunks), ...peerOf(incoming) };
}

function peerOf({ socket }: Incoming): Pick<SeenRequest, 'peer'> {
  return socket instanceof TLSSocket ? { peer: socket.getPeerCertificate().subjectaltname ?? '' } : {};
}

async function reply(outgoing: Outgoing, answer: Answer, name: string): Promise<void> {
  const { status = 200, headers = {}, body = '', trailers = {}, afterMs = 0 } = answer;
  if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
  if (answer.reset || answer.refuse) return breakOff(outgoing, answer.refuse === true);
  for (const [header, value] of Object.entries({ 'x-app': name, ...headers })) outgoing.setHeader(header, value);
  outgoing.statusCode = status;
  outgoing.addTrailers(trailers);
  if (body.length > 0 || Object.keys(trailers).length > 0) outgoing.end(body);
  else outgoing.end();
}

function breakOff(outgoing: Outgoing, isRefusal: boolean): void {
  const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM } = constants;
  if ('stream' in outgoing) outgoing.stream.close(isRefusal ? NGHTTP2_REFUSED_STREAM : NGHTTP2_INTERNAL_ERROR);
  else outgoing.socket?.destroy();
}
