import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CountsReport, type Evidence, foldReport, noEvidence } from '#rollouts/evidence.ts';
import { noMoments, overDispersion, withCount } from '#rollouts/over-dispersion.ts';

const report = (
  seq: number,
  stable: [number, number],
  canary: [number, number] = [0, 0],
  shielded = 0,
): CountsReport => ({
  seq,
  intervalMs: 1000,
  stable: { requests: stable[0], failures: stable[1] },
  canary: { requests: canary[0], failures: canary[1] },
  shielded,
});

const baseline = (failures: readonly number[], requests = 100): Evidence =>
  failures.reduce<Evidence>((sum, y, i) => foldReport(sum, report((i + 1) * 1000, [requests, y])), noEvidence);

const folded = (reports: readonly CountsReport[], before: Evidence = noEvidence): Evidence =>
  reports.reduce<Evidence>((sum, one) => foldReport(sum, one), before);

const quiet = baseline(Array.from({ length: 20 }, () => 0));

describe('folding reports', () => {
  test('ignores a report whose seq does not rise, so duplicates and late ones are harmless', () => {
    const reports = fc.array(
      fc
        .tuple(fc.integer({ min: 1, max: 40 }), fc.nat(20), fc.nat(5))
        .map(([seq, n, nc]) => report(seq * 1000, [n + 1, n % 2], [nc, nc % 3])),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(reports, (all) => {
        const rising = all.filter((one, i) => all.slice(0, i).every((before) => before.seq < one.seq));
        expect(folded(all)).toEqual(folded(rising));
      }),
    );
  });

  test('adds every count, shielded failures among the canary’s', () => {
    const evidence = folded([report(1000, [10, 1]), report(2000, [9, 0], [1, 1], 1)]);

    expect(evidence).toMatchObject({
      seq: 2000,
      since: 0,
      stable: { requests: 19, failures: 1 },
      canary: { requests: 1, failures: 1 },
      shielded: 1,
    });
  });

  test('holds nothing against the canary before it had a request', () => {
    expect(baseline(Array.from({ length: 100 }, () => 50)).logE.every((value) => value === 0)).toBe(true);
  });

  test('holds nothing against it either while the baseline is shorter than 15 intervals', () => {
    const young = baseline([0, 0, 0]);
    const late = Array.from({ length: 12 }, (_, i) => report(10_000 + i * 1000, [100, 0], [10, 10]));

    const gathering = folded(late, young);
    const judged = foldReport(gathering, report(60_000, [100, 0], [10, 10]));

    expect(gathering.phi).toBeUndefined();
    expect(Math.max(...gathering.logE)).toBe(0);
    expect(judged.phi).toBe(1);
    expect(Math.max(...judged.logE)).toBeGreaterThan(10);
  });

  test('fixes the over-dispersion at the first canary request for good', () => {
    const bursts = baseline(Array.from({ length: 40 }, (_, i) => (i % 10 === 0 ? 30 : 0)));
    const first = foldReport(bursts, report(100_000, [90, 0], [10, 0]));
    const outage = foldReport(first, report(101_000, [90, 90], [10, 10]));

    expect(first.phi).toBeCloseTo(34.6, 0);
    expect(outage.phi).toBe(first.phi);
  });

  test('learns the baseline’s rate from the past alone', () => {
    const [quietBlock] = [foldReport(quiet, report(30_000, [100, 100], [10, 10]))];
    const [noisy] = [foldReport(baseline(Array.from({ length: 20 }, () => 50)), report(30_000, [100, 100], [10, 10]))];

    expect(quietBlock.logE[7]).not.toBeCloseTo(noisy.logE[7] ?? 0);
  });
});

describe('over-dispersion', () => {
  const of = (failures: readonly number[]) => overDispersion(failures.reduce(withCount, noMoments));

  test('is 1 where nothing has failed, and for failures that come evenly', () => {
    expect(of([0, 0, 0])).toBe(1);
    expect(of([5, 5, 5, 5])).toBe(1);
  });

  test('is 1.25 times variance over mean where failures come in bursts', () => {
    const failures = [0, 0, 0, 12, 0, 0, 0, 12];
    const mean = 3;
    const variance = failures.reduce((sum, y) => sum + (y - mean) ** 2, 0) / 7;

    expect(of(failures)).toBeCloseTo((1.25 * variance) / mean);
  });
});
