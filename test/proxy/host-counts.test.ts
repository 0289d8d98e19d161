import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { added, type HostCounts, readHostCounts } from '../../proxy/agent/host-counts.ts';

const counts = (entries: Record<string, [number, number]>): HostCounts =>
  new Map(Object.entries(entries).map(([host, [requests, failures]]) => [host, { requests, failures }]));

describe('what was added between two readings', () => {
  test('is exactly what happened on hosts that came, stayed and were reset in between', () => {
    const step = fc.record({ ok: fc.nat(50), failed: fc.nat(50), reset: fc.boolean() });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.array(step), { noNullPrototype: true }), (hosts) => {
        const length = Math.max(0, ...Object.values(hosts).map((steps) => steps.length));
        const now = new Map<string, { requests: number; failures: number }>();
        let last: HostCounts = new Map();
        const sum = { requests: 0, failures: 0 };
        const real = { requests: 0, failures: 0 };
        for (let i = 0; i < length; i++) {
          for (const [host, steps] of Object.entries(hosts)) {
            const { ok, failed, reset } = steps[i] ?? { ok: 0, failed: 0, reset: false };
            const before = now.get(host) ?? { requests: 0, failures: 0 };
            const lower = reset && ok + failed < before.requests;
            const base = lower ? { requests: 0, failures: 0 } : before;
            now.set(host, { requests: base.requests + ok + failed, failures: base.failures + failed });
            real.requests += ok + failed;
            real.failures += failed;
          }
          const delta = added(last, now);
          sum.requests += delta.requests;
          sum.failures += delta.failures;
          last = new Map(now);
        }
        expect(sum).toEqual(real);
      }),
    );
  });

  test('is nothing for a host that went', () => {
    expect(added(counts({ a: [9, 3], b: [5, 0] }), counts({ b: [7, 1] }))).toEqual({ requests: 2, failures: 1 });
  });
});

const host = (address: string, stats: Record<string, number>) => ({
  address: { socket_address: { address, port_value: 80 } },
  stats: Object.entries(stats).map(([name, value]) => ({ name, value: `${value}` })),
});

test("Envoy's page is read for the clusters asked for alone, a failed connection counting as an attempt", () => {
  const page = JSON.stringify({
    cluster_statuses: [
      { name: 'canary', host_statuses: [host('10.0.0.1', { rq_total: 1, rq_success: 1, rq_error: 4, rq_timeout: 2 })] },
      { name: 'other', host_statuses: [host('10.0.0.2', { rq_success: 9 })] },
      { name: 'stable' },
    ],
  });
  const read = readHostCounts(page, ['stable', 'canary']);
  expect(read).toEqual(
    new Map([
      ['canary', counts({ '10.0.0.1:80': [5, 4] })],
      ['stable', new Map()],
    ]),
  );
});

test('counts connections where Envoy knows of nothing else', () => {
  const page = JSON.stringify({
    cluster_statuses: [
      { name: 'tcp', host_statuses: [host('10.0.0.1', { cx_total: 7, cx_connect_fail: 2, rq_total: 7 })] },
    ],
  });

  expect(readHostCounts(page, ['tcp'], 'connections').get('tcp')).toEqual(counts({ '10.0.0.1:80': [7, 2] }));
});
