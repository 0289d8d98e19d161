import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CountsReport, type Evidence, foldReport, noEvidence } from '#rollouts/evidence.ts';
import type { Latencies, LatencyTerms } from '#rollouts/latency-evidence.ts';
import { summarize } from '#rollouts/summary.ts';

const report = (second: number, stable: Latencies, canary: Latencies = []): CountsReport => ({
  seq: second * 1000,
  intervalMs: 1000,
  stable: { requests: 20, failures: 0 },
  canary: { requests: canary.length > 0 ? 5 : 0, failures: 0 },
  shielded: 0,
  latency: { stable, canary },
});

/** Of 20 answers a second one takes 90 ms, the others 30. */
const usual: Latencies = [
  [30, 19],
  [90, 1],
];

/** 20 s of that, then the canary's answers second by second. */
function evidence(canary: readonly Latencies[], terms: LatencyTerms = {}, baseline = usual): Evidence {
  const reports = [
    ...Array.from({ length: 20 }, (_, i) => report(i + 1, baseline)),
    ...canary.map((latencies, i) => report(i + 21, baseline, latencies)),
  ];
  return reports.reduce<Evidence>((sum, one) => foldReport(sum, one, terms), noEvidence);
}
const seconds = (count: number, latencies: Latencies) => Array.from({ length: count }, () => latencies);
const best = ({ latency }: Evidence) => Math.max(...(latency?.logE ?? []));

describe('an answer is slow', () => {
  test('above the objective', () => {
    const { latency } = evidence(seconds(1, [[30, 5]]), { objectiveMs: 50 });

    expect(latency).toMatchObject({ slowAboveMs: 50, stable: { answers: 420, slow: 21 } });
  });

  test('above the percentile of the baseline by a quarter, and by 10 ms at least', () => {
    const above = (baseline: Latencies) => evidence(seconds(1, [[30, 5]]), {}, baseline).latency?.slowAboveMs ?? 0;

    expect(above(usual)).toBeGreaterThanOrEqual(40);
    expect(above(usual)).toBeLessThan(60);
    expect(above([[2, 20]])).toBeGreaterThanOrEqual(12);
    expect(above([[2, 20]])).toBeLessThan(16);
    expect(above([[400, 20]])).toBeGreaterThanOrEqual(500);
  });

  test('above nothing yet, while the baseline has too few answers for a percentile', () => {
    const { latency } = evidence(seconds(10, [[900, 5]]), {}, [[30, 1]]);

    expect(latency).not.toHaveProperty('slowAboveMs');
    expect(latency?.logE.every((value) => value === 0)).toBe(true);
  });

  test('by what the baseline was, whatever comes later', () => {
    const first = evidence(seconds(1, [[30, 5]]));
    const later = foldReport(first, report(99, [[3000, 20]], [[3000, 5]]), {});

    expect(later.latency?.slowAboveMs).toBe(first.latency?.slowAboveMs);
    expect(later.latency).not.toHaveProperty('baseline');
  });
});

describe('latency', () => {
  test('of the canary’s first 25 answers is not held against it', () => {
    expect(best(evidence(seconds(5, [[900, 5]])))).toBe(0);
    expect(best(evidence(seconds(7, [[900, 5]])))).toBeGreaterThan(5);
    expect(evidence(seconds(7, [[900, 5]])).latency?.canary).toEqual({ answers: 10, slow: 10 });
    expect(best(evidence(seconds(7, [[900, 5]]), { warmUpAnswers: 500 }))).toBe(0);
    expect(evidence(seconds(7, [[900, 5]]), { warmUpAnswers: 0 }).latency?.canary.answers).toBe(35);
  });

  test('speaks for nothing while both variants are slow', () => {
    const slow = Array.from({ length: 30 }, (_, i) => report(i + 30, [[900, 20]], [[900, 5]]));
    const both = slow.reduce<Evidence>((sum, one) => foldReport(sum, one, {}), evidence(seconds(6, [[30, 5]])));

    expect(best(both)).toBeLessThan(1);
  });

  test('adds its share to the e-value, and is shown beside the failures', () => {
    const seen = [evidence(seconds(12, [[900, 5]]))];
    const summary = summarize(seen, { alpha: 0.01, latency: {} });

    expect(summary.latency).toMatchObject({ canary: { answers: 35, slow: 35 } });
    expect(summary.failures).toBeLessThan(1.01);
    expect(summary.eValue).toBeCloseTo(0.8 * summary.failures + 0.2 * (summary.latency?.eValue ?? 0));
    expect(summarize(seen, { alpha: 0.01 })).not.toHaveProperty('latency');
  });

  test('of a sidecar that does not tell leaves the verdict to the failures', () => {
    const { latency: _, ...silent } = report(50, []);
    const told = foldReport(evidence(seconds(1, [[30, 5]])), silent, {});

    expect(told.seq).toBe(50_000);
    expect(summarize([told], { alpha: 0.01, latency: {} }).latency?.eValue).toBe(1);
  });
});

test('what all sidecars have seen does not depend on their order', () => {
  const sidecar = fc
    .array(fc.tuple(fc.nat(20), fc.nat(5), fc.constantFrom(20, 50, 900)), { minLength: 1, maxLength: 40 })
    .map((canary) =>
      evidence(
        canary.map(([answers, , ms]) => [[ms, answers]]),
        {},
      ),
    );
  const terms = { alpha: 0.01, latency: {}, successObjectivePercent: 99 };
  fc.assert(
    fc.property(fc.array(sidecar, { maxLength: 5 }), (sidecars) => {
      const [there, back] = [summarize(sidecars, terms), summarize(sidecars.toReversed(), terms)];
      expect(back.eValue / there.eValue).toBeCloseTo(1);
      expect({ ...back, eValue: 0, failures: 0, latency: 0 }).toEqual({ ...there, eValue: 0, failures: 0, latency: 0 });
    }),
    { numRuns: 50 },
  );
});
