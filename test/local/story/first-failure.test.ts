import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { failureTimes, firstFailure } from '../../../local/story/first-failure.ts';

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});

function logs(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'weir-story-'));
  made.push(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

const line = (at: number, version: string, event = 'firstFailure') => `${JSON.stringify({ at, event, version })}\n`;

test('the earliest first failure of a version over all its tasks counts', async () => {
  const directory = logs({
    'a-app.log': line(3_000, 'v3'),
    'b-app.log': line(2_000, 'v3'),
    'c-app.log': line(1_000, 'v1'),
  });
  expect(await firstFailure(directory, 'v3', 0)).toBe(2_000);
});

test('failures of an earlier release of the same version are not this one', async () => {
  const directory = logs({ 'a-app.log': line(1_000, 'v3'), 'b-app.log': line(5_000, 'v3') });
  expect(await firstFailure(directory, 'v3', 4_000)).toBe(5_000);
});

test('a version that never failed has no first failure', async () => {
  expect(await firstFailure(logs({ 'a-app.log': line(1_000, 'v2', 'listening') }), 'v2', 0)).toBeUndefined();
});

test('lines that are not the shop’s own are passed over', () => {
  expect(failureTimes(`Envoy says "firstFailure"\n${line(1, 'v3')}{"event":"firstFailure",`, 'v3')).toEqual([1]);
});
