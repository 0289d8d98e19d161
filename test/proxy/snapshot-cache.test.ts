import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { identify, isRunning } from '../../proxy/agent/process-identity.ts';
import { SnapshotCache } from '../../proxy/agent/snapshot-cache.ts';
import { snapshotOf } from './shop-mesh.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-cache-'));
});

test('gives back what was saved last, and leaves no half-written file', () => {
  const cache = new SnapshotCache(directory, '/shop/vn/front');
  cache.save(snapshotOf(1, {}));
  cache.save(snapshotOf(2, {}));
  expect(new SnapshotCache(directory, '/shop/vn/front').load()).toEqual(snapshotOf(2, {}));
  expect(readdirSync(directory)).toEqual(['snapshot.json']);
});

test('gives nothing where there is nothing of this proxy that this agent reads', () => {
  const cache = new SnapshotCache(directory, '/shop/vn/front');
  expect(cache.load()).toBeUndefined();
  cache.save(snapshotOf(1, {}));
  expect(new SnapshotCache(directory, '/shop/vn/other').load()).toBeUndefined();
  writeFileSync(join(directory, 'snapshot.json'), JSON.stringify({ ...snapshotOf(1, {}), v: 2 }));
  expect(cache.load()).toBeUndefined();
  writeFileSync(join(directory, 'snapshot.json'), '{"v":1,');
  expect(cache.load()).toBeUndefined();
});

test('a process is taken for the one remembered only when pid, start and executable are the same', () => {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('no /proc');
  expect(isRunning(self)).toBe(true);
  expect(isRunning({ ...self, startTime: '1' })).toBe(false);
  expect(isRunning({ ...self, executable: '/usr/bin/envoy' })).toBe(false);
  expect(identify(2 ** 22 + 1)).toBeUndefined();
});
