import type { Socket } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** A TLS handshake over a connection: the secured connection, or why there is none. */
export function secured(socket: Socket, options: ConnectionOptions): Promise<TLSSocket | string> {
  return new Promise((resolve) => {
    const secure = connect({ ...options, socket }, () => resolve(secure));
    secure.on('error', ({ message }) => resolve(message));
    secure.on('close', () => resolve('closed'));
  });
}
