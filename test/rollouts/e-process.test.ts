import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALTERNATIVES, type Block, eValue, logEValues } from '#rollouts/e-process.ts';

const block = (nc: number, yc: number, nb: number, yb: number): Block => ({
  canary: { requests: nc, failures: yc },
  stable: { requests: nb, failures: yb },
});

describe('the e-values of a block', () => {
  /** Sums over every outcome of the block: no sampling. */
  function expectation(nc: number, nb: number, baseline: number, theta: number, k: number): number {
    let sum = 0;
    for (let yc = 0; yc <= nc; yc++)
      for (let yb = 0; yb <= nb; yb++) {
        const failures = yc + yb;
        const logP =
          logChoose(nc, yc) +
          logChoose(nb, yb) +
          failures * Math.log(theta) +
          (nc + nb - failures) * Math.log(1 - theta);
        sum += Math.exp(logP + (logEValues(block(nc, yc, nb, yb), baseline)[k] ?? 0));
      }
    return sum;
  }

  test('are expected to be at most 1 when both variants fail alike, whatever the rate: exactly', () => {
    let worst = 0;
    for (const [nc, nb] of [
      [1, 1],
      [1, 9],
      [3, 20],
      [5, 5],
      [2, 40],
    ] as const)
      for (const baseline of [0.001, 0.005, 0.02, 0.1])
        for (const k of ALTERNATIVES.keys())
          for (let theta = 0.001; theta < 1; theta += 0.007)
            worst = Math.max(worst, expectation(nc, nb, baseline, theta, k));

    expect(worst).toBeLessThanOrEqual(1 + 1e-9);
    expect(worst).toBeGreaterThan(0.99);
  });

  test('say nothing without canary requests', () => {
    expect(logEValues(block(0, 0, 100, 50), 0.01)).toEqual(ALTERNATIVES.map(() => 0));
  });

  test('leave out alternatives that would be no rise above the baseline', () => {
    const values = logEValues(block(10, 10, 10, 1), 0.2);

    expect(ALTERNATIVES.filter((_, k) => values[k] === 0)).toEqual([0.01, 0.02, 0.05, 0.1, 0.2]);
  });

  test('rise with each further canary failure, and never with a stable one', () => {
    const counts = fc.record({
      nc: fc.integer({ min: 1, max: 50 }),
      nb: fc.integer({ min: 1, max: 200 }),
      baseline: fc.double({ min: 0.001, max: 0.3, noNaN: true }),
    });
    fc.assert(
      fc.property(counts, fc.nat(), fc.nat(), ({ nc, nb, baseline }, a, b) => {
        const [yc, yb] = [a % nc, b % nb];
        const here = logEValues(block(nc, yc, nb, yb), baseline);
        const canary = logEValues(block(nc, yc + 1, nb, yb), baseline);
        const stable = logEValues(block(nc, yc, nb, yb + 1), baseline);
        for (const k of ALTERNATIVES.keys()) {
          expect(canary[k] ?? 0).toBeGreaterThanOrEqual(here[k] ?? 0);
          expect(stable[k] ?? 0).toBeLessThanOrEqual((here[k] ?? 0) + 1e-12);
        }
      }),
    );
  });
});

test('the e-value of nothing is 1, and sidecars multiply before the alternatives are averaged', () => {
  const one = ALTERNATIVES.map((_, k) => (k === 0 ? Math.log(16) : -50));

  expect(eValue([])).toBe(1);
  expect(eValue([one])).toBeCloseTo(2);
  expect(eValue([one, one])).toBeCloseTo(32);
});

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log(n - k + i) - Math.log(i);
  return sum;
}
