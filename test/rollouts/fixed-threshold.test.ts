import { expect, test } from 'vitest';
import type { Rollout } from '../../local/story/weir-api.ts';
import { CanarySeconds, continued } from '../bench/canary-seconds.ts';
import { everyTenSeconds, ruleEnding } from '../bench/fixed-threshold.ts';

const seconds = (requests: number, failures: number, count: number) =>
  Array.from({ length: count }, () => ({ requests, failures }));

test('a fixed threshold rolls back at the end of its last bad window, at the failures until then', () => {
  expect(ruleEnding(everyTenSeconds, seconds(2, 2, 100))).toEqual({ seconds: 30, failed: 60 });
  expect(ruleEnding(everyTenSeconds, [...seconds(2, 0, 20), ...seconds(2, 1, 100)])).toEqual({
    seconds: 50,
    failed: 30,
  });
});

test('a fixed threshold takes a window without requests for a bad one, and 99 % for a good one', () => {
  expect(ruleEnding(everyTenSeconds, seconds(0, 0, 100)).seconds).toBe(30);
  expect(ruleEnding(everyTenSeconds, [...seconds(100, 0, 9), ...seconds(100, 10, 1)])).toEqual({
    seconds: Number.POSITIVE_INFINITY,
    failed: 10,
  });
});

test('what a canary did each second is told from what the control plane knew at different moments', () => {
  const recorded = new CanarySeconds();
  const look = (at: number, requests: number, failures: number) =>
    recorded.look({ evidence: { canary: { requests, failures, shielded: 0 } } } as Rollout, at);
  look(1000, 0, 0);
  look(2000, 3, 1);
  look(2900, 5, 1);
  look(3100, 9, 2);
  look(4000, 12, 4);
  look(9000, 12, 4);

  expect(recorded.seconds()).toEqual([
    { requests: 5, failures: 1 },
    { requests: 7, failures: 3 },
  ]);
  const longer = [...continued(recorded.seconds(), 100, 4)];
  expect(longer.map(({ requests }) => requests)).toEqual([5, 7, 5, 7]);
  expect(longer.map(({ failures }) => failures)).toEqual([1, 3, 5, 7]);
  expect(new CanarySeconds().seconds()).toEqual([]);
});
