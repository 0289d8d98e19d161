import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { drain } from '../../proxy/agent/drain.ts';
import type { Log } from '../../proxy/agent/log.ts';

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

function envoy(connections: () => number) {
  const calls: string[] = [];
  const admin = {
    failHealthChecks: async () => void calls.push('fail'),
    drainListeners: async () => void calls.push('drain'),
    stats: async () =>
      new Map([
        ['listener.admin.downstream_cx_active', 1],
        ['listener.0.0.0.0_15000.downstream_cx_active', connections()],
      ]),
  };
  return { admin, calls };
}

/** Milliseconds a drain takes. */
async function duration(admin: ReturnType<typeof envoy>['admin'], waitMs: number): Promise<number> {
  const started = Date.now();
  const done = drain({ admin, waitMs, log: silent });
  await vi.runAllTimersAsync();
  await done;
  return Date.now() - started;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('ends when nobody has been connected for a second; the admin interface itself does not count', async () => {
  const looks = [3, 0, 0, 1];
  const { admin, calls } = envoy(() => looks.shift() ?? 0);
  expect(await duration(admin, 20_000)).toBe(300 + 1000);
  expect(calls).toEqual(['fail', 'drain']);
});

test('waits for a connection that never ends no longer than it may', async () => {
  const { admin } = envoy(() => 1);
  const took = await duration(admin, 5_000);
  expect(took).toBeGreaterThanOrEqual(5_000);
  expect(took).toBeLessThan(6_000);
});

test('of an Envoy that does not answer is over at once', async () => {
  const { admin } = envoy(() => 1);
  const gone = { ...admin, failHealthChecks: () => Promise.reject(new Error('refused')) };
  expect(await duration(gone, 5_000)).toBe(0);
});
