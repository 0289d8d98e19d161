import type { TelemetryReport, VariantCounts } from '#mesh/wire/report.ts';
import type { TelemetryOrder } from '#mesh/wire/snapshot.ts';
import {
  addedAnswers,
  type ClusterStats,
  clusterStatsFilter,
  type Histogram,
  readClusterStats,
} from './cluster-stats.ts';
import type { EnvoyAdmin } from './envoy-admin.ts';
import { added, type HostCounts, readHostCounts } from './host-counts.ts';

/** What Envoy had counted of both variants by some moment. */
export interface VariantReading {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Of each order, in their order. */
  readonly hosts: readonly { readonly stable: HostCounts; readonly canary: HostCounts }[];
  readonly retried: number;
  /** Histograms of the clusters that routes name for a variant: the canary's own and, of a shielded one, the aggregate's. */
  readonly times: { readonly stable: readonly Histogram[]; readonly canary: readonly Histogram[] };
}

const nobody: HostCounts = new Map();

/** Reads what the orders of one rollout ask for: several when its node has several listeners. Two requests to Envoy. */
export async function readVariants(
  admin: Pick<EnvoyAdmin, 'clusters' | 'detailedStats'>,
  orders: readonly TelemetryOrder[],
): Promise<VariantReading> {
  const page = await admin.clusters();
  const named = orders.flatMap(({ clusters: { stable, canary, shield } }) => [
    stable,
    canary,
    ...(shield ? [shield] : []),
  ]);
  const stats = readClusterStats(await admin.detailedStats(clusterStatsFilter(named)));
  return {
    at: Date.now(),
    hosts: orders.map((order) => hostsOf(page, order)),
    retried: orders.reduce((sum, { clusters: { shield = '' } }) => sum + (stats.retried.get(shield) ?? 0), 0),
    times: {
      stable: orders.map(({ clusters }) => timesOf(stats, clusters.stable)),
      canary: orders.flatMap(({ clusters: { canary, shield = '' } }) => [
        timesOf(stats, canary),
        timesOf(stats, shield),
      ]),
    },
  };
}

/** The report of what happened between two readings of the same orders. */
export function reportBetween(rollout: string, before: VariantReading, after: VariantReading): TelemetryReport {
  const latency = {
    stable: addedAnswers(before.times.stable, after.times.stable),
    canary: addedAnswers(before.times.canary, after.times.canary),
  };
  return {
    v: 1,
    rollout,
    seq: after.at,
    intervalMs: after.at - before.at,
    stable: addedBetween(before, after, 'stable'),
    canary: addedBetween(before, after, 'canary'),
    shielded: after.retried < before.retried ? after.retried : after.retried - before.retried,
    ...(latency.stable.length + latency.canary.length === 0 ? {} : { latency }),
  };
}

function hostsOf(page: string, { clusters: { stable, canary }, counts }: TelemetryOrder) {
  const hosts = readHostCounts(page, [stable, canary], counts);
  return { stable: hosts.get(stable) ?? nobody, canary: hosts.get(canary) ?? nobody };
}

const timesOf = ({ times }: ClusterStats, cluster: string): Histogram => times.get(cluster) ?? new Map();

function addedBetween(before: VariantReading, after: VariantReading, variant: 'stable' | 'canary'): VariantCounts {
  const parts = after.hosts.map((hosts, i) => added(before.hosts[i]?.[variant] ?? nobody, hosts[variant]));
  return parts.reduce((a, b) => ({ requests: a.requests + b.requests, failures: a.failures + b.failures }));
}
