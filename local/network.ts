import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** One run's own slice of loopback: 253 addresses that no other run on this machine uses. */
export type Network = {
  /** For example `127.83.20.0/24`. */
  cidr: string;
  /** The address of the run's own servers, `.1`; tasks get the others. */
  host: string;
  /** The next free address. Throws {@link NetworkExhausted} when all are taken. */
  take(): string;
  /** Gives an address back; it is handed out again only after all others (a task's peers may still hold it). */
  release(address: string): void;
  close(): Promise<void>;
};

/** All addresses of this run are in use by tasks. */
export class NetworkExhausted extends Error {
  override name = 'NetworkExhausted';
}

/** Bound on `.1` of a network for as long as a run uses it; any free, unprivileged port would do if all runs agree. */
const GUARD_PORT = 20_750;
const ATTEMPTS = 64;

/** Claims a random free 127.a.b.0/24 until `close`; the claim ends with the process, so a crash leaves none behind. */
export async function claimNetwork(): Promise<Network> {
  if (process.platform !== 'linux') {
    throw new Error('Local mode needs Linux: only there does every 127.x.y.z address answer without set-up.');
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const prefix = `127.${randomInt(1, 255)}.${randomInt(0, 256)}`;
    const guard = await bind(`${prefix}.1`);
    if (guard) return network(prefix, guard);
  }
  throw new Error(`No free loopback network in ${ATTEMPTS} attempts: something else listens on port ${GUARD_PORT}.`);
}

function network(prefix: string, guard: Server): Network {
  const free = Array.from({ length: 253 }, (_, index) => `${prefix}.${index + 2}`);
  return {
    cidr: `${prefix}.0/24`,
    host: `${prefix}.1`,
    take() {
      const address = free.shift();
      if (address === undefined) throw new NetworkExhausted(`All 253 addresses of ${prefix}.0/24 are in use by tasks.`);
      return address;
    },
    release(address) {
      if (address.startsWith(`${prefix}.`) && !free.includes(address)) free.push(address);
    },
    close: () => new Promise((closed) => guard.close(() => closed())),
  };
}

function bind(host: string): Promise<Server | undefined> {
  const guard = createServer((socket) => socket.destroy());
  guard.unref();
  return new Promise((settled, failed) => {
    guard.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? settled(undefined) : failed(error),
    );
    guard.listen(GUARD_PORT, host, () => settled(guard));
  });
}
