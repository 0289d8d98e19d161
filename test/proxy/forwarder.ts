import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP way to a server that the test can cut and mend, at the same port. */
export class Forwarder {
  readonly #target: URL;
  readonly #address: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(target: string, address: string) {
    this.#target = new URL(target);
    this.#address = address;
  }

  /** Opens the way; resolves with its URL. */
  async open(): Promise<string> {
    const server = createServer((socket) => this.#forward(socket));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, this.#address, resolve));
    this.#port = (server.address() as { port: number }).port;
    return `http://${this.#address}:${this.#port}`;
  }

  /** Cuts every connection and refuses new ones. */
  close(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #forward(socket: Socket): void {
    const onward = connect(Number(this.#target.port), this.#target.hostname);
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) {
      this.#sockets.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        socket.destroy();
        onward.destroy();
        this.#sockets.delete(end);
      });
    }
  }
}
