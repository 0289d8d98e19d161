import type { TelemetryReport } from '#mesh/wire/report.ts';
import type { TelemetryOrder } from '#mesh/wire/snapshot.ts';
import { addedAnswers, clusterStatsFilter, type Histogram, readClusterStats } from './cluster-stats.ts';
import type { EnvoyAdmin } from './envoy-admin.ts';
import { added, type HostCounts, readHostCounts } from './host-counts.ts';
import { errorText, type Log } from './log.ts';

/** Sends one interval's counts upwards; rejects while there is no way. */
export type PublishCounts = (report: TelemetryReport) => Promise<void>;

interface Reading {
  readonly at: number;
  readonly stable: HostCounts;
  readonly canary: HostCounts;
  readonly retried: number;
  /** Histograms of the clusters that routes name for a variant: the canary's own and, of a shielded one, the aggregate's. */
  readonly times: { readonly stable: readonly Histogram[]; readonly canary: readonly Histogram[] };
}

/** Intervals kept while there is no session with the broker: two minutes of one-second intervals. */
const BACKLOG = 120;

/** Counts for the orders of the applied snapshot, each on its own clock, until the order is gone. */
export class Telemetry {
  readonly #admin: Pick<EnvoyAdmin, 'clusters' | 'detailedStats'>;
  readonly #publish: PublishCounts;
  readonly #log: Log;
  readonly #running = new Map<string, { order: string; stop: () => void }>();
  readonly #backlog: TelemetryReport[] = [];
  #sending = false;

  constructor(admin: Pick<EnvoyAdmin, 'clusters' | 'detailedStats'>, publish: PublishCounts, log: Log) {
    this.#admin = admin;
    this.#publish = publish;
    this.#log = log;
  }

  /** Starts what is new, ends what is gone, leaves what is unchanged alone. */
  follow(orders: readonly TelemetryOrder[]): void {
    const wanted = new Map(orders.map((order) => [order.rollout, order]));
    for (const [rollout, { order, stop }] of this.#running)
      if (order !== JSON.stringify(wanted.get(rollout))) {
        stop();
        this.#running.delete(rollout);
      }
    for (const order of orders)
      if (!this.#running.has(order.rollout))
        this.#running.set(order.rollout, { order: JSON.stringify(order), stop: this.#start(order) });
  }

  stop(): void {
    this.follow([]);
  }

  #start(order: TelemetryOrder): () => void {
    let last: Reading | undefined;
    let reading = false;
    const tick = async () => {
      if (reading) return;
      reading = true;
      try {
        const next = await this.#read(order);
        if (last !== undefined) this.#queue(reportOf(order, last, next));
        last = next;
      } catch (error) {
        this.#log.warn('countsUnread', { rollout: order.rollout, error: errorText(error) });
      } finally {
        reading = false;
      }
    };
    void tick();
    const timer = setInterval(() => void tick(), order.everyMs);
    return () => clearInterval(timer);
  }

  async #read({ clusters: { stable, canary, shield }, counts }: TelemetryOrder): Promise<Reading> {
    const named = [stable, canary, ...(shield === undefined ? [] : [shield])];
    const hosts = readHostCounts(await this.#admin.clusters(), [stable, canary], counts);
    const { retried, times } = readClusterStats(await this.#admin.detailedStats(clusterStatsFilter(named)));
    const [ofStable, ...ofCanary] = named.map((cluster): Histogram => times.get(cluster) ?? new Map());
    const none: HostCounts = new Map();
    return {
      at: Date.now(),
      stable: hosts.get(stable) ?? none,
      canary: hosts.get(canary) ?? none,
      retried: (shield === undefined ? undefined : retried.get(shield)) ?? 0,
      times: { stable: ofStable === undefined ? [] : [ofStable], canary: ofCanary },
    };
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

function reportOf(order: TelemetryOrder, before: Reading, after: Reading): TelemetryReport {
  const latency = {
    stable: addedAnswers(before.times.stable, after.times.stable),
    canary: addedAnswers(before.times.canary, after.times.canary),
  };
  return {
    v: 1,
    rollout: order.rollout,
    seq: after.at,
    intervalMs: after.at - before.at,
    stable: added(before.stable, after.stable),
    canary: added(before.canary, after.canary),
    shielded: after.retried < before.retried ? after.retried : after.retried - before.retried,
    ...(latency.stable.length + latency.canary.length === 0 ? {} : { latency }),
  };
}
