import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cacheDirectory, sessionCache } from '../../cli/session-cache.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'weir-cache-'));
});
afterEach(() => rmSync(base, { recursive: true }));

test('keeps a text by its key, readable by its user alone', () => {
  const directory = join(base, 'a', 'b');
  const cache = sessionCache(directory);
  cache.write(['x', 'y'], 'secret');

  expect(sessionCache(directory).read(['x', 'y'])).toBe('secret');
  expect(cache.read(['xy'])).toBeUndefined();
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const files = readdirSync(directory);
  expect(files.map((file) => statSync(join(directory, file)).mode & 0o777)).toEqual([0o600]);
});

test('does not believe a file that others can read', () => {
  const cache = sessionCache(base);
  cache.write(['x'], 'secret');
  const [file = ''] = readdirSync(base);
  chmodSync(join(base, file), 0o640);

  expect(cache.read(['x'])).toBeUndefined();
});

test('keeps nothing where nothing can be written, and says nothing', () => {
  writeFileSync(join(base, 'file'), '');
  const cache = sessionCache(join(base, 'file', 'no'));
  cache.write(['x'], 'secret');

  expect(cache.read(['x'])).toBeUndefined();
});

test('lies where caches belong', () => {
  expect(cacheDirectory({ XDG_CACHE_HOME: '/c' })).toBe('/c/weir/credentials');
  expect(cacheDirectory({ XDG_CACHE_HOME: 'relative' })).toBe(join(homedir(), '.cache/weir/credentials'));
  expect(cacheDirectory({})).toBe(join(homedir(), '.cache/weir/credentials'));
});
