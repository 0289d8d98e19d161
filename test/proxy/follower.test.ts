import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Snapshot } from '#mesh/wire/snapshot.ts';
import { Follower } from '../../proxy/agent/follower.ts';
import type { Log } from '../../proxy/agent/log.ts';
import { snapshotOf } from './shop-mesh.ts';

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };
const snapshot = (rev: number): Snapshot => ({ ...snapshotOf(rev, {}), hash: `h${rev}` });

/** A follower of a store that the test fills, and what it held and was asked. */
function follow(start?: Snapshot) {
  const store = { snapshot: undefined as Snapshot | undefined, broken: false, reads: 0, polls: 0 };
  const told = { held: [] as number[], resends: 0 };
  const plane = {
    snapshot: async () => {
      store.reads += 1;
      if (store.broken) throw new Error('no S3');
      return store.snapshot;
    },
    revision: async () => {
      store.polls += 1;
      return store.snapshot?.rev;
    },
  };
  const listener = { held: ({ rev }: Snapshot) => void told.held.push(rev), resend: () => void told.resends++ };
  return { follower: new Follower(plane, 'p', start, listener, silent), store, told };
}

const pointer = (rev: number, more: object = {}) =>
  JSON.stringify({ v: 1, kind: 'pointer', rev, hash: `h${rev}`, ...more });
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('reads the snapshot once the subscription stands, so that nothing between is lost', async () => {
  const { follower, store, told } = follow();
  store.snapshot = snapshot(1);
  follower.pushChanged(true);
  await pass(0);
  expect(told.held).toEqual([1]);
  follower.stop();
});

test('polls every two seconds while there is no push, and only about once a minute while there is', async () => {
  const { follower, store, told } = follow();
  follower.pushChanged(false);
  await pass(10_000);
  expect(store.polls).toBe(5);
  store.snapshot = snapshot(4);
  await pass(2_000);
  expect(told.held).toEqual([4]);
  follower.pushChanged(true);
  const before = store.polls;
  await pass(90_000);
  expect(store.polls - before).toBeGreaterThanOrEqual(1);
  expect(store.polls - before).toBeLessThanOrEqual(3);
  follower.stop();
});

test('finds by the slow poll what news did not tell', async () => {
  const { follower, store, told } = follow(snapshot(1));
  store.snapshot = snapshot(1);
  follower.pushChanged(true);
  await pass(0);
  store.snapshot = snapshot(2);
  await pass(90_000);
  expect(told.held).toEqual([2]);
  follower.stop();
});

test('tries a failed read again until it succeeds', async () => {
  const { follower, store, told } = follow();
  Object.assign(store, { broken: true, snapshot: snapshot(3) });
  follower.refresh();
  await pass(60_000);
  expect(store.reads).toBeGreaterThan(2);
  store.broken = false;
  await pass(60_000);
  expect(told.held).toEqual([3]);
  follower.stop();
});

test('asked in the middle of a read reads once more, and not more often', async () => {
  const { follower, store } = follow();
  for (let i = 0; i < 5; i++) follower.refresh();
  await pass(0);
  expect(store.reads).toBe(2);
  follower.stop();
});

test('passes on that a report is wanted, and drops what is no news', async () => {
  const { follower, store, told } = follow(snapshot(2));
  follower.news(pointer(2, { resend: true }));
  for (const payload of ['', '{', 'null', '7', '{"kind":"pointer"}', pointer(1), pointer(9, { v: 9 })])
    follower.news(payload);
  await pass(0);
  expect({ ...told, reads: store.reads }).toEqual({ held: [], resends: 1, reads: 0 });
  follower.stop();
});
