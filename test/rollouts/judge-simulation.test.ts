import { describe, expect, test } from 'vitest';
import { type Evidence, foldReport, noEvidence } from '#rollouts/evidence.ts';
import { summarize } from '#rollouts/judge.ts';
import { binomial, geometric, poisson, seeded } from '../support/random.ts';

/** Requests through one service: `rps` in all over `sidecars`, of which `weight` go to the canary. */
interface Traffic {
  readonly rps: number;
  readonly weight: number;
  readonly sidecars?: number;
  readonly stable: number;
  readonly canary: number;
  /** Mean size of a burst of failures; 1 is independent failures. */
  readonly burst?: number;
  /** Both variants fail half their requests from 60 s to 120 s. */
  readonly hasOutage?: boolean;
  readonly baselineSeconds?: number;
  readonly seconds?: number;
}

interface Ending {
  /** Seconds until the verdict; Infinity when there was none. */
  readonly at: number;
  readonly failed: number;
}

function simulate(traffic: Traffic, random: () => number): Ending {
  const { rps, weight, sidecars = 1, seconds = 900, baselineSeconds = 60, hasOutage = false } = traffic;
  let evidence: readonly Evidence[] = Array.from({ length: sidecars }, () => noEvidence);
  let failed = 0;
  for (let t = 1; t <= baselineSeconds + seconds; t++) {
    const isOut = hasOutage && t > baselineSeconds + 60 && t <= baselineSeconds + 120;
    const share = t <= baselineSeconds ? 0 : weight;
    evidence = evidence.map((one) => {
      const stable = interval((rps * (1 - share)) / sidecars, isOut ? 0.5 : traffic.stable, traffic.burst ?? 1, random);
      const canary = interval((rps * share) / sidecars, isOut ? 0.5 : traffic.canary, traffic.burst ?? 1, random);
      failed += canary.failures;
      return foldReport(one, { seq: t, intervalMs: 1000, stable, canary, shielded: 0 });
    });
    if (share > 0 && summarize(evidence, { alpha: 0.01 }).eValue >= 100) return { at: t - baselineSeconds, failed };
  }
  return { at: Number.POSITIVE_INFINITY, failed };
}

function interval(mean: number, rate: number, burst: number, random: () => number) {
  const requests = poisson(random, mean);
  if (burst === 1 || rate >= 0.5) return { requests, failures: binomial(random, requests, rate) };
  let failures = 0;
  for (let bursts = poisson(random, (mean * rate) / burst); bursts > 0; bursts--) failures += geometric(random, burst);
  return { requests, failures: Math.min(requests, failures) };
}

function runs(count: number, traffic: Traffic): readonly Ending[] {
  const random = seeded(20_261_121);
  return Array.from({ length: count }, () => simulate(traffic, random));
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const found = (endings: readonly Ending[]): number => endings.filter(({ at }) => at < Number.POSITIVE_INFINITY).length;

describe('false rollbacks, at most 1 % of', () => {
  const healthy = { rps: 10, weight: 0.1, stable: 0.005, canary: 0.005 };

  test('healthy canaries', () => {
    expect(found(runs(300, healthy))).toBeLessThanOrEqual(3);
  });

  test('healthy canaries seen by four sidecars', () => {
    expect(found(runs(100, { ...healthy, rps: 40, sidecars: 4 }))).toBeLessThanOrEqual(1);
  });

  test('healthy canaries of a service that fails a fifth of its requests anyway', () => {
    expect(found(runs(200, { ...healthy, stable: 0.2, canary: 0.2 }))).toBeLessThanOrEqual(2);
  });

  test('healthy canaries while both variants fail together for a minute', () => {
    expect(found(runs(200, { ...healthy, hasOutage: true }))).toBeLessThanOrEqual(2);
  });

  test('healthy canaries whose failures come in bursts of 5 or 20', () => {
    const bursty = { rps: 100, weight: 0.1, stable: 0.005, canary: 0.005, baselineSeconds: 300, seconds: 600 };

    expect(found(runs(100, { ...bursty, burst: 5 }))).toBeLessThanOrEqual(1);
    expect(found(runs(100, { ...bursty, burst: 20 }))).toBeLessThanOrEqual(1);
  });
});

describe('a failing canary', () => {
  test('that is dead, at one request a second, is found within 5 s and 5 failures (median)', () => {
    const endings = runs(200, { rps: 10, weight: 0.1, stable: 0.005, canary: 1 });

    expect(found(endings)).toBe(200);
    expect(median(endings.map(({ at }) => at))).toBeLessThanOrEqual(5);
    expect(median(endings.map(({ failed }) => failed))).toBeLessThanOrEqual(5);
  });

  test('that fails 30 % at 10 requests a second over two sidecars is found within 5 s (median)', () => {
    const endings = runs(200, { rps: 200, weight: 0.05, sidecars: 2, stable: 0, canary: 0.3, baselineSeconds: 15 });

    expect(found(endings)).toBe(200);
    expect(median(endings.map(({ at }) => at))).toBeLessThanOrEqual(5);
  });

  test('that fails four times as often as a stable one that rarely does is found in half an hour, mostly', () => {
    const slow = { rps: 10, weight: 0.1, stable: 0.005, canary: 0.02, seconds: 1800 };

    expect(found(runs(100, slow))).toBeGreaterThanOrEqual(80);
  });

  test('whose service fails in bursts is still found within 10 s (median)', () => {
    const endings = runs(60, { rps: 100, weight: 0.1, stable: 0.005, canary: 1, burst: 20, baselineSeconds: 300 });

    expect(median(endings.map(({ at }) => at))).toBeLessThanOrEqual(10);
  });
});
