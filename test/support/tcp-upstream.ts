import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { closed } from './upstream.ts';

/** An application that speaks no HTTP. */
export interface TcpUpstream {
  /** Connections it has had. */
  readonly accepted: number;
  /** Connections that are open. */
  readonly connections: ReadonlySet<Socket>;
  close(): Promise<void>;
}

export interface TcpUpstreamOptions {
  readonly address: string;
  readonly port: number;
  /** Sent before the client says anything, as SMTP and MySQL do. */
  readonly greeting?: string;
  /** What it answers to each piece it receives. */
  readonly answer: (received: string) => string;
  readonly tls?: TlsOptions;
}

/** Starts a TCP server that answers each piece of data, and may speak first. */
export async function startTcpUpstream(options: TcpUpstreamOptions): Promise<TcpUpstream> {
  const { address, port, greeting, answer, tls } = options;
  const connections = new Set<Socket>();
  let accepted = 0;
  const serve = (socket: Socket): void => {
    accepted++;
    connections.add(socket);
    socket.on('close', () => connections.delete(socket)).on('error', () => {});
    if (greeting !== undefined) socket.write(greeting);
    socket.on('data', (chunk: Buffer) => socket.write(answer(chunk.toString())));
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return {
    get accepted() {
      return accepted;
    },
    connections,
    close: () => closed(server, connections),
  };
}

/** What a connection brings until `isEnough`, or all until it closes; `say` is sent at once when given. */
export function converse(socket: Socket, isEnough: (text: string) => boolean, say?: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const finish = () => {
      socket.destroy();
      resolve(text);
    };
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (isEnough(text)) finish();
    });
    socket.on('close', finish).on('error', finish);
    if (say !== undefined) socket.write(say);
  });
}
