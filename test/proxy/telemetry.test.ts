import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TelemetryReport } from '#mesh/wire/report.ts';
import type { TelemetryOrder } from '#mesh/wire/snapshot.ts';
import type { Log } from '../../proxy/agent/log.ts';
import { Telemetry } from '../../proxy/agent/telemetry.ts';

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };
const order = (rollout: string): TelemetryOrder => ({
  rollout,
  everyMs: 1000,
  clusters: { stable: 's', canary: 'c', shield: 'x' },
});

/** Counts of an Envoy that the test drives, and what was published. */
function telemetry() {
  const times: Record<string, [number, number][]> = {};
  const envoy = { stable: [0, 0], canary: [0, 0], retried: 0, reads: 0, times };
  const sent: TelemetryReport[] = [];
  const way = { open: true };
  const cluster = (name: string, [success = 0, error = 0]: number[]) => ({
    name,
    host_statuses: [
      {
        stats: [
          { name: 'rq_success', value: success },
          { name: 'rq_error', value: error },
        ],
      },
    ],
  });
  const admin = {
    clusters: async () => {
      envoy.reads += 1;
      return JSON.stringify({ cluster_statuses: [cluster('s', envoy.stable), cluster('c', envoy.canary)] });
    },
    detailedStats: async (filter: string) => {
      expect(new RegExp(filter).test('cluster.x.upstream_rq_retry_success')).toBe(true);
      expect(new RegExp(filter).test('cluster.other.upstream_rq_time')).toBe(false);
      const details = Object.entries(envoy.times).map(([name, buckets]) => ({
        name: `cluster.${name}.upstream_rq_time`,
        totals: buckets.map(([lower_bound, count]) => ({ lower_bound, count })),
      }));
      const retried = { name: 'cluster.x.upstream_rq_retry_success', value: envoy.retried };
      return JSON.stringify({ stats: [retried, { histograms: { details } }] });
    },
  };
  const publish = async (report: TelemetryReport) => {
    if (!way.open) throw new Error('down');
    sent.push(report);
  };
  return { telemetry: new Telemetry(admin, publish, silent), envoy, sent, way };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('reports what was added in each interval, and not what was there before the order came', async () => {
  const { telemetry: counts, envoy, sent } = telemetry();
  Object.assign(envoy, { stable: [100, 5], canary: [3, 3], retried: 2 });
  counts.follow([order('r')]);
  await pass(0);
  Object.assign(envoy, { stable: [110, 6], canary: [4, 5], retried: 4 });
  await pass(1000);
  expect(sent).toMatchObject([
    {
      ...{ v: 1, rollout: 'r', intervalMs: 1000, shielded: 2 },
      ...{ stable: { requests: 11, failures: 1 }, canary: { requests: 3, failures: 2 } },
    },
  ]);
  counts.stop();
});

test('reports how long answers took: stable of its own cluster, the canary of the aggregate too', async () => {
  const { telemetry: counts, envoy, sent } = telemetry();
  envoy.times = { s: [[2, 100]], c: [[3, 1]] };
  counts.follow([order('r')]);
  await pass(0);
  envoy.times = {
    s: [
      [2, 104],
      [30, 1],
    ],
    c: [[3, 3]],
    x: [
      [3, 5],
      [1200, 1],
    ],
  };
  await pass(1000);
  await pass(1000);
  expect(sent[0]?.latency).toEqual({
    stable: [
      [2, 4],
      [30, 1],
    ],
    canary: [
      [3, 7],
      [1200, 1],
    ],
  });
  expect(sent[1]).not.toHaveProperty('latency');
  envoy.times = { s: [[2, 7]] };
  await pass(1000);
  expect(sent[2]?.latency).toEqual({ stable: [[2, 7]], canary: [] });
  counts.stop();
});

test('adds the listeners of a node up: one rollout, one report an interval', async () => {
  const { telemetry: counts, envoy, sent } = telemetry();
  const [http, grpc] = [
    { stable: 's', canary: 'c', shield: 'x' },
    { stable: 'c', canary: 's' },
  ];
  counts.follow([http, grpc].map((clusters) => ({ rollout: 'r', everyMs: 1000, clusters })));
  await pass(0);
  Object.assign(envoy, { stable: [10, 1], canary: [1, 2], retried: 2 });
  await pass(1000);
  counts.stop();
  expect(sent).toMatchObject([
    { shielded: 2, stable: { requests: 14, failures: 3 }, canary: { requests: 14, failures: 3 } },
  ]);
});

test('goes on counting an order that a new snapshot repeats, and ends with one that is gone', async () => {
  const { telemetry: counts, envoy, sent } = telemetry();
  counts.follow([order('r')]);
  await pass(500);
  counts.follow([order('r')]);
  await pass(500);
  expect(sent).toHaveLength(1);
  counts.follow([]);
  const { reads } = envoy;
  await pass(5000);
  expect(envoy.reads).toBe(reads);
});

test('keeps intervals while there is no way up, and sends them in order, each once', async () => {
  const { telemetry: counts, envoy, sent, way } = telemetry();
  counts.follow([order('r')]);
  way.open = false;
  for (let second = 1; second <= 5; second++) {
    envoy.stable = [second, 0];
    await pass(1000);
  }
  way.open = true;
  await pass(1000);
  counts.stop();
  expect(sent.map(({ stable }) => stable.requests)).toEqual([1, 1, 1, 1, 1, 0]);
  const seqs = sent.map(({ seq }) => seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
});
