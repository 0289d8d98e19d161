import { describe, expect, test } from 'vitest';
import { found, median, rollouts } from '../support/canary-simulation.ts';

/** Milliseconds and how probable: 20 in the middle, 95 % at most 80, one in fifty 200. */
const buckets = [
  [15, 0.3],
  [20, 0.4],
  [40, 0.2],
  [80, 0.08],
  [200, 0.02],
] as const;
const service = { rps: 100, weight: 0.1, stable: 0.001, canary: 0.001, baselineSeconds: 60, seconds: 300 };
const canaryFactor = (factor: number) => ({ latency: { buckets, canaryFactor: factor } });

describe('latency', () => {
  test.for([
    ['the baseline', {}],
    ['an objective', { latency: { objectiveMs: 100 } }],
  ] as const)('judged against %s takes at most one of 100 healthy canaries back', ([, terms]) => {
    expect(found(rollouts(100, { ...service, ...canaryFactor(1), terms }))).toBeLessThanOrEqual(1);
  });

  test('takes at most 1 % of healthy canaries back when both variants are slow and fail for a minute', () => {
    const outage = { ...service, ...canaryFactor(1), hasOutage: true };

    expect(found(rollouts(100, outage))).toBeLessThanOrEqual(1);
  });

  test('finds a canary that is five times as slow within 10 s (median), and says that it was latency', () => {
    const endings = rollouts(60, { ...service, ...canaryFactor(5) });

    expect(found(endings)).toBe(60);
    expect(median(endings.map(({ at }) => at))).toBeLessThanOrEqual(10);
    expect(median(endings.map(({ summary }) => summary.failures))).toBeLessThan(10);
  });

  test('finds a canary of which every answer takes three times as long within a minute (median)', () => {
    const endings = rollouts(60, { ...service, ...canaryFactor(3) });

    expect(found(endings)).toBe(60);
    expect(median(endings.map(({ at }) => at))).toBeLessThanOrEqual(60);
  });

  test('lets a canary be slower than stable as long as it keeps to the objective', () => {
    const slower = { ...service, ...canaryFactor(2), terms: { latency: { objectiveMs: 400 } } };

    expect(found(rollouts(60, slower))).toBe(0);
  });

  test('finds a dead canary at one request a second within 5 s and 5 failures (median) although it is judged too', () => {
    const endings = rollouts(100, { ...service, ...canaryFactor(1), rps: 10, stable: 0.005, canary: 1, seconds: 60 });

    expect(median(endings.map(({ at }) => at))).toBeLessThanOrEqual(5);
    expect(median(endings.map(({ failed }) => failed))).toBeLessThanOrEqual(5);
  });
});
