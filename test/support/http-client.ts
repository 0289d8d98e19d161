import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A request of an application. */
export interface HttpCall {
  readonly method?: string;
  readonly host?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What came back; status 0 when nothing did, with the reason. */
export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly error?: string;
  /** The application that answered: its `x-app` header. */
  readonly app: string;
}

/** Opens a connection to wherever the client is to believe its server is. */
export type Dial = () => Socket;

/** An HTTP client over connections of the test's making. */
export interface HttpClient {
  send(call?: HttpCall): Promise<HttpReply>;
  close(): void;
}

/** How many requests a client has under way at most in {@link sendMany}. */
const CONCURRENCY = 10;

/** Replies to `count` equal requests, ten at a time. */
export async function sendMany(client: HttpClient, count: number, call: HttpCall = {}): Promise<HttpReply[]> {
  const replies: HttpReply[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) replies.push(await client.send(call));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return replies;
}

/** How often each value of `key` is among the replies. */
export function tally(
  replies: readonly HttpReply[],
  key: (reply: HttpReply) => string | number,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reply of replies) counts[key(reply)] = (counts[key(reply)] ?? 0) + 1;
  return counts;
}

/** The statuses of replies, in order. */
export const statuses = (replies: readonly HttpReply[]): number[] =>
  replies.map(({ status }) => status).sort((a, b) => a - b);

/** HTTP/1.1 with kept connections. */
export function http1(dial: Dial): HttpClient {
  const agent = new Agent({ keepAlive: true });
  agent.createConnection = () => dial() as Duplex;
  return { send: (call = {}) => sendHttp1(agent, call), close: () => agent.destroy() };
}

function sendHttp1(agent: Agent, { method = 'GET', host = 'orders.local', path = '/', headers, body }: HttpCall) {
  return new Promise<HttpReply>((resolve) => {
    const outgoing = request({ agent, method, path, headers: { host, ...headers } }, (incoming) => {
      const chunks: Buffer[] = [];
      const { statusCode: status = 0, headers: received } = incoming;
      const app = String(received['x-app'] ?? '');
      const done = (error?: string) =>
        resolve({
          status,
          headers: received,
          trailers: incoming.trailers,
          body: Buffer.concat(chunks),
          app,
          ...(error !== undefined && { error }),
        });
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => done()).on('error', ({ message }) => done(message));
    });
    outgoing.on('error', ({ message }) => resolve(failure(message))).end(body);
  });
}

const failure = (error: string): HttpReply => ({
  status: 0,
  headers: {},
  trailers: {},
  body: Buffer.alloc(0),
  app: '',
  error,
});

/** HTTP/2 with prior knowledge, over one connection. */
export function http2(dial: Dial): HttpClient {
  const session = connect('http://unused', { createConnection: () => dial() as Duplex });
  let broken = '';
  session.on('error', ({ message }) => {
    broken = message;
  });
  return {
    send: (call = {}) => (broken === '' ? sendHttp2(session, call) : Promise.resolve(failure(broken))),
    close: () => session.destroy(),
  };
}

function sendHttp2(session: ClientHttp2Session, call: HttpCall): Promise<HttpReply> {
  const { method = 'GET', host = 'orders.local', path = '/', headers = {}, body } = call;
  return new Promise((resolve) => {
    const stream = session.request({ ':method': method, ':authority': host, ':path': path, ...headers });
    const chunks: Buffer[] = [];
    let received: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    stream.on('response', (head) => {
      received = head;
    });
    stream.on('trailers', (tail) => {
      trailers = tail;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', ({ message }) => resolve(failure(message)));
    stream.on('close', () => {
      const app = String(received['x-app'] ?? '');
      resolve({
        status: Number(received[':status'] ?? 0),
        headers: received,
        trailers,
        body: Buffer.concat(chunks),
        app,
      });
    });
    stream.end(body);
  });
}
