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
  const envoy = { stable: [0, 0], canary: [0, 0], retried: 0, reads: 0 };
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
    stats: async (filter: string) => {
      expect(filter).toBe('^cluster\\.x\\.upstream_rq_retry_success$');
      return new Map([['cluster.x.upstream_rq_retry_success', envoy.retried]]);
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
