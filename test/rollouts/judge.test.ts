import { describe, expect, test } from 'vitest';
import { foldReport, noEvidence } from '#rollouts/evidence.ts';
import { judge, type Summary, summarize } from '#rollouts/judge.ts';

const summary = (more: Partial<Summary> = {}): Summary => ({
  eValue: 1,
  threshold: 100,
  stable: { requests: 1904, failures: 0 },
  canary: { requests: 102, failures: 31, shielded: 31 },
  ...more,
});

describe('the judge', () => {
  test('fails a canary at 1/alpha and says in one sentence why', () => {
    expect(judge(summary({ eValue: 52_341 }), {})).toEqual({
      kind: 'failing',
      reason: 'canary failed 31 of 102 requests, stable 0 of 1904 requests; E = 5.2e4 >= 100',
    });
    expect(judge(summary({ eValue: 99.99 }), {})).toBeUndefined();
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
    expect(Number.isFinite(seen.eValue)).toBe(true);
    expect(summarize([], { alpha: 0.01 }).eValue).toBe(1);
  });
});
