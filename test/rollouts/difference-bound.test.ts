import { describe, expect, test } from 'vitest';
import { DIFFERENCES, logDifferenceValues, upperBound } from '#rollouts/difference-bound.ts';
import { found, median, rollouts } from '../support/canary-simulation.ts';

describe('the e-values against a difference', () => {
  /** Sums over every outcome of the block: no sampling. */
  function expectation(nc: number, nb: number, past: number, rates: readonly [number, number], k: number): number {
    let sum = 0;
    for (let yc = 0; yc <= nc; yc++)
      for (let yb = 0; yb <= nb; yb++) {
        const block = { canary: { requests: nc, failures: yc }, stable: { requests: nb, failures: yb } };
        const logE = logDifferenceValues(block, { requests: 1000, failures: 1000 * past })[k] ?? 0;
        sum += Math.exp(logP(nc, yc, rates[0]) + logP(nb, yb, rates[1]) + logE);
      }
    return sum;
  }

  test('are expected to be at most 1 wherever the canary is worse by at least that: exactly', () => {
    let worst = 0;
    for (const [nc, nb] of [
      [1, 1],
      [1, 9],
      [3, 12],
      [4, 4],
    ] as const)
      for (const past of [0, 0.01, 0.1, 0.6])
        for (const [k, difference] of DIFFERENCES.entries())
          for (let stable = 0.0005; stable + difference < 1; stable = stable * 1.9 + 0.01)
            for (const more of [0, 0.03, 0.3])
              if (stable + difference + more < 1)
                worst = Math.max(worst, expectation(nc, nb, past, [stable + difference + more, stable], k));

    expect(worst).toBeLessThanOrEqual(1 + 1e-6);
    expect(worst).toBeGreaterThan(0.99);
  });

  test('say nothing without canary requests, and nothing about the canary without stable ones that failed as often', () => {
    const alone = { canary: { requests: 10, failures: 10 }, stable: { requests: 0, failures: 0 } };

    expect(logDifferenceValues({ ...alone, canary: alone.stable }, alone.stable)).toEqual(DIFFERENCES.map(() => 0));
    expect(upperBound([logDifferenceValues(alone, { requests: 100, failures: 90 })], 0.01)).toBe(1);
  });
});

describe('the upper bound of the difference', () => {
  test('is the smallest difference refuted together with all larger ones', () => {
    const vector = (refuted: (difference: number) => boolean) => DIFFERENCES.map((one) => (refuted(one) ? 5 : 1));

    expect(upperBound([], 0.01)).toBe(1);
    expect(upperBound([vector((one) => one >= 0.05)], 0.01)).toBe(0.05);
    expect(upperBound([vector((one) => one >= 0.05 || one === 0.001)], 0.01)).toBe(0.05);
    expect(upperBound([vector((one) => one < 0.5)], 0.01)).toBe(1);
    expect(upperBound([vector((one) => one >= 0.05)], 0.001)).toBe(1);
  });

  test('lies above the true difference at all times, in at least 99 of 100 rollouts', () => {
    const worse = { rps: 20, weight: 0.3, stable: 0.01, canary: 0.03, seconds: 300 };
    const bounds = rollouts(200, worse);

    expect(bounds.filter(({ lowest }) => lowest < 0.02).length).toBeLessThanOrEqual(2);
    expect(median(bounds.map(({ lowest }) => lowest))).toBeLessThanOrEqual(0.05);
  });

  test('comes within 5 % points of a healthy canary after some 100 requests, within 1 after some 1000', () => {
    const healthy = { rps: 100, weight: 0.1, stable: 0.002, canary: 0.002, baselineSeconds: 60 };
    const bound = (seconds: number) =>
      median(rollouts(40, { ...healthy, seconds }).map(({ summary }) => summary.upperBound));

    expect(bound(12)).toBeLessThanOrEqual(0.05);
    expect(bound(110)).toBeLessThanOrEqual(0.01);
  });

  test('is not shown for a dead canary', () => {
    const dead = rollouts(20, { rps: 20, weight: 0.3, stable: 0.01, canary: 1, seconds: 60 });

    expect(found(dead)).toBe(20);
    expect(Math.min(...dead.map(({ summary }) => summary.upperBound))).toBe(1);
  });
});

function logP(n: number, y: number, rate: number): number {
  let sum = y * Math.log(rate) + (n - y) * Math.log(1 - rate);
  for (let i = 1; i <= y; i++) sum += Math.log(n - y + i) - Math.log(i);
  return sum;
}
