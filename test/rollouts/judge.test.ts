import { describe, expect, test } from 'vitest';
import { foldReport, noEvidence } from '#rollouts/evidence.ts';
import { confidence, judge } from '#rollouts/judge.ts';
import { type Summary, summarize } from '#rollouts/summary.ts';

const summary = (more: Partial<Summary> = {}): Summary => ({
  eValue: 1,
  threshold: 100,
  stable: { requests: 1904, failures: 0 },
  canary: { requests: 102, failures: 31, shielded: 31 },
  failures: more.eValue ?? 1,
  upperBound: 1,
  ...more,
});

const answers = (slow: number, of: number, stableSlow: number, stableOf: number) => ({
  canary: { slow, answers: of },
  stable: { slow: stableSlow, answers: stableOf },
});

describe('the judge', () => {
  test('fails a canary at 1/alpha and says in one sentence why', () => {
    expect(judge(summary({ eValue: 52_341 }), {})).toEqual({
      kind: 'failing',
      tippedBy: 'failures',
      reason: 'canary failed 31 of 102 requests, stable 0 of 1904 requests; E = 5.2e4 >= 100',
    });
    expect(judge(summary({ eValue: 99.99 }), {})).toBeUndefined();
  });

  test('says that it was latency when that is what tipped it', () => {
    const slow = { eValue: 1e6, slowAboveMs: [111, 139] as const, ...answers(40, 100, 3, 900) };

    expect(judge(summary({ eValue: 2e5, failures: 0.8, latency: slow }), {})).toEqual({
      kind: 'failing',
      tippedBy: 'latency',
      reason: 'canary gave 40 of 100 answers slower than 111 to 139 ms, stable 3 of 900; E = 2.0e5 >= 100',
    });
    expect(judge(summary({ eValue: 200, latency: { eValue: 10, ...answers(1, 100, 3, 900) } }), {})?.tippedBy).toBe(
      'failures',
    );
  });

  test('holds the guard rail over what came since the weight was given', () => {
    const threshold = { failurePercent: 20, minRequests: 50 };

    expect(judge(summary(), { threshold })).toMatchObject({ kind: 'failing' });
    expect(judge(summary(), { threshold }, { requests: 60, failures: 31 })).toBeUndefined();
    expect(judge(summary(), { threshold }, { requests: 52, failures: 30 })).toBeUndefined();
    expect(judge(summary(), { threshold }, { requests: 52, failures: 10 })?.reason).toBe(
      "canary failed 31 of 102 requests, stable 0 of 1904 requests; 42 % of this step's 50 >= the policy's 20 %",
    );
  });

  test('sums what the sidecars have seen, and stays finite however sure it is', () => {
    const dead = Array.from({ length: 2000 }, (_, i) => i).reduce(
      (evidence, i) =>
        foldReport(evidence, {
          seq: i + 1,
          intervalMs: 1000,
          stable: { requests: 10, failures: 0 },
          canary: i < 20 ? { requests: 0, failures: 0 } : { requests: 5, failures: 5 },
          shielded: i < 20 ? 0 : 5,
        }),
      noEvidence,
    );

    const seen = summarize([dead, dead], { alpha: 0.01 });

    expect(seen).toMatchObject({
      threshold: 100,
      stable: { requests: 40_000, failures: 0 },
      canary: { requests: 19_800, failures: 19_800, shielded: 19_800 },
    });
    expect(Number.isSafeInteger(seen.eValue)).toBe(true);
    expect(summarize([], { alpha: 0.01 }).eValue).toBe(1);
  });
});

test.each([1, 0])(
  'an e-value is one that the table can hold, however long a canary fails %d of its requests',
  (rate) => {
    const stable = { requests: 10_000, failures: 0 };
    const canary = (i: number) => (i < 20 ? 0 : 1000);
    const evidence = Array.from({ length: 300 }, (_, i) => i).reduce(
      (sum, i) =>
        foldReport(
          sum,
          {
            ...{ seq: (i + 1) * 1000, intervalMs: 1000, stable, shielded: 0 },
            canary: { requests: canary(i), failures: rate * canary(i) },
            latency: { stable: [[20, 10_000]], canary: [[20 + 1000 * rate, canary(i)]] },
          },
          {},
        ),
      noEvidence,
    );
    const seen = summarize([evidence], { alpha: 0.01, latency: {}, successObjectivePercent: 99 });

    for (const value of [seen.eValue, seen.failures, seen.latency?.eValue ?? Number.NaN]) {
      expect(value === 0 || value > 1e-100).toBe(true);
      expect(value).toBeLessThan(Number.MAX_SAFE_INTEGER);
      expect(value > 1).toBe(rate === 1);
    }
  },
);

describe('a step may be left', () => {
  const base = { requests: 60, failures: 31 };

  test('once the canary had the requests that it asks for', () => {
    expect(confidence(summary(), {}, {}, base)).toMatchObject({ kind: 'confident', requests: 42 });
    expect(confidence(summary(), {}, { minRequests: 42 }, base).kind).toBe('confident');
    expect(confidence(summary(), {}, { minRequests: 43 }, base)).toEqual({
      ...{ kind: 'inconclusive', requests: 42, upperBound: 1 },
      reason: 'only 42 of 43 requests in this step',
    });
  });

  test('once the canary is shown to be within the margin, and not before it had its requests', () => {
    const policy = { confidence: { marginPercent: 2 } };

    expect(confidence(summary({ upperBound: 0.02 }), policy, {}, base)).toMatchObject({
      kind: 'confident',
      reason: 'canary fails at most 2 % points more than stable, the policy allows 2',
    });
    expect(confidence(summary({ upperBound: 0.02 }), policy, { minRequests: 500 }, base).kind).toBe('inconclusive');
    expect(confidence(summary({ upperBound: 0.03 }), policy, {}, base)).toMatchObject({
      kind: 'inconclusive',
      reason: 'canary fails at most 3 % points more than stable; the policy allows 2 % points',
    });
    expect(confidence(summary(), policy, {}).reason).toContain('nothing is shown of the canary yet');
  });
});
