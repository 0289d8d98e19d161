import type { TelemetryReport } from '#mesh/wire/report.ts';
import type { TelemetryOrder } from '#mesh/wire/snapshot.ts';
import type { EnvoyAdmin } from './envoy-admin.ts';
import { errorText, type Log } from './log.ts';
import { readVariants, reportBetween, type VariantReading } from './variant-reading.ts';

/** Sends one interval's counts upwards; rejects while there is no way. */
export type PublishCounts = (report: TelemetryReport) => Promise<void>;

/** Intervals kept while there is no session with the broker: two minutes of one-second intervals. */
const BACKLOG = 120;

/** Counts for the orders of the applied snapshot, each rollout on its own clock, until its orders are gone. */
export class Telemetry {
  readonly #admin: Pick<EnvoyAdmin, 'clusters' | 'detailedStats'>;
  readonly #publish: PublishCounts;
  readonly #log: Log;
  readonly #running = new Map<string, { orders: string; stop: () => void }>();
  readonly #backlog: TelemetryReport[] = [];
  #sending = false;

  constructor(admin: Pick<EnvoyAdmin, 'clusters' | 'detailedStats'>, publish: PublishCounts, log: Log) {
    this.#admin = admin;
    this.#publish = publish;
    this.#log = log;
  }

  /** Starts what is new, ends what is gone, leaves what is unchanged alone. */
  follow(orders: readonly TelemetryOrder[]): void {
    const wanted = Map.groupBy(orders, ({ rollout }) => rollout);
    for (const [rollout, { orders: running, stop }] of this.#running)
      if (running !== JSON.stringify(wanted.get(rollout))) {
        stop();
        this.#running.delete(rollout);
      }
    for (const [rollout, some] of wanted)
      if (!this.#running.has(rollout))
        this.#running.set(rollout, { orders: JSON.stringify(some), stop: this.#start(rollout, some) });
  }

  stop(): void {
    this.follow([]);
  }

  #start(rollout: string, orders: readonly TelemetryOrder[]): () => void {
    let last: VariantReading | undefined;
    let reading = false;
    const tick = async () => {
      if (reading) return;
      reading = true;
      try {
        const next = await readVariants(this.#admin, orders);
        if (last !== undefined) this.#queue(reportBetween(rollout, last, next));
        last = next;
      } catch (error) {
        this.#log.warn('countsUnread', { rollout, error: errorText(error) });
      } finally {
        reading = false;
      }
    };
    void tick();
    const timer = setInterval(() => void tick(), Math.min(...orders.map(({ everyMs }) => everyMs)));
    return () => clearInterval(timer);
  }

  #queue(report: TelemetryReport): void {
    this.#backlog.push(report);
    if (this.#backlog.length > BACKLOG) this.#backlog.shift();
    void this.#drain();
  }

  async #drain(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let next = this.#backlog[0]; next !== undefined; next = this.#backlog[0]) {
        await this.#publish(next);
        if (this.#backlog[0] === next) this.#backlog.shift();
      }
    } catch (error) {
      this.#log.warn('countsUnsent', { error: errorText(error), waiting: this.#backlog.length });
    } finally {
      this.#sending = false;
    }
  }
}
