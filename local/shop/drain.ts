import type { Server } from 'node:http';

/** How long a stopping app goes on serving, in milliseconds. */
export type DrainTimes = { atLeastMs: number; quietMs: number; atMostMs: number };

/**
 * ECS signals the app before its sidecar (the reverse of `dependsOn`), while peers may still send for as long as the
 * news of its end takes. 2 s covers that; 10 s stays under the `stopTimeout` of 15 s the shop asks for.
 */
const drainTimes: DrainTimes = { atLeastMs: 2_000, quietMs: 1_000, atMostMs: 10_000 };

/** Counts what a server is doing, so that it can stop when nobody needs it any more. */
export class Drain {
  readonly #times: DrainTimes;
  #lastRequestAt = 0;

  constructor(times: DrainTimes = drainTimes) {
    this.#times = times;
  }

  /** A request that matters arrived (health checks do not: they never end). */
  seen(): void {
    this.#lastRequestAt = Date.now();
  }

  /** Serves until peers have stopped sending, then closes; resolves when the last response is written. */
  async close(server: Server): Promise<void> {
    const asked = Date.now();
    const done = () => {
      const waited = Date.now() - asked;
      const quiet = Date.now() - this.#lastRequestAt;
      return waited >= this.#times.atMostMs || (waited >= this.#times.atLeastMs && quiet >= this.#times.quietMs);
    };
    while (!done()) await new Promise((again) => setTimeout(again, Math.min(100, this.#times.quietMs)));
    await new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeIdleConnections();
    });
  }
}
