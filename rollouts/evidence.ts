import { ALTERNATIVES, logEValues } from './e-process.ts';
import { MIN_BASELINE_INTERVALS } from './policy.ts';
import type { Counts } from './rollout.ts';

/** One interval of one sidecar: `mesh/wire`'s TelemetryReport, as far as the judge reads it. */
export interface CountsReport {
  /** Rises for the life of the task (epoch milliseconds of the interval's end). */
  readonly seq: number;
  readonly intervalMs: number;
  readonly stable: Counts;
  readonly canary: Counts;
  /** Canary failures that no client saw. */
  readonly shielded: number;
}

/** Moments of the baseline's failures per interval. */
interface Baseline extends Counts {
  readonly intervals: number;
  /** Sum of the squares of the failures of each interval. */
  readonly squares: number;
}

/** What one sidecar has seen of one rollout: its share of the e-process. */
export interface Evidence {
  /** `seq` of the last report folded in. */
  readonly seq: number;
  /** Start of the first interval, epoch milliseconds. */
  readonly since: number;
  readonly baseline: Baseline;
  /** Over-dispersion of the baseline's failures, fixed once the first canary request finds enough baseline. */
  readonly phi?: number;
  readonly stable: Counts;
  readonly canary: Counts;
  readonly shielded: number;
  /** One number for each of {@link ALTERNATIVES}. */
  readonly logE: readonly number[];
}

const none: Counts = { requests: 0, failures: 0 };

/** A sidecar that has reported nothing yet. */
export const noEvidence: Evidence = {
  seq: 0,
  since: 0,
  baseline: { ...none, intervals: 0, squares: 0 },
  stable: none,
  canary: none,
  shielded: 0,
  logE: ALTERNATIVES.map(() => 0),
};

/**
 * The evidence with one more report in it. A report whose `seq` does not rise is a duplicate or late: the same evidence is
 * returned. A sidecar with too little baseline (it joined late) gathers it first and adds nothing to the e-process until then.
 */
export function foldReport(evidence: Evidence, report: CountsReport): Evidence {
  if (report.seq <= evidence.seq) return evidence;
  const phi = evidence.phi ?? fixedPhi(evidence.baseline, report);
  return {
    seq: report.seq,
    since: evidence.seq === 0 ? report.seq - report.intervalMs : evidence.since,
    baseline: phi === undefined ? withInterval(evidence.baseline, report.stable) : evidence.baseline,
    ...(phi === undefined ? {} : { phi }),
    stable: plus(evidence.stable, report.stable),
    canary: plus(evidence.canary, report.canary),
    shielded: evidence.shielded + report.shielded,
    logE: phi === undefined ? evidence.logE : withBlock(evidence, report, phi),
  };
}

/** φ = max(1, 1.25 · variance/mean) of the failures per interval; failures of a Poisson kind have 1, bursts of them more. */
export function overDispersion({ intervals, failures, squares }: Baseline): number {
  if (intervals < 2 || failures === 0) return 1;
  const mean = failures / intervals;
  const variance = (squares - intervals * mean * mean) / (intervals - 1);
  return Math.max(1, (1.25 * variance) / mean);
}

function fixedPhi(baseline: Baseline, { canary }: CountsReport): number | undefined {
  if (canary.requests === 0 || baseline.intervals < MIN_BASELINE_INTERVALS) return undefined;
  return overDispersion(baseline);
}

function withInterval(baseline: Baseline, { requests, failures }: Counts): Baseline {
  return {
    ...plus(baseline, { requests, failures }),
    intervals: baseline.intervals + 1,
    squares: baseline.squares + failures ** 2,
  };
}

function withBlock({ stable, logE }: Evidence, report: CountsReport, phi: number): readonly number[] {
  const block = { canary: divided(report.canary, phi), stable: divided(report.stable, phi) };
  const added = logEValues(block, baselineRate(divided(stable, phi)));
  return logE.map((sum, k) => sum + (added[k] ?? 0));
}

/** Plug-in rate from the past alone, as if 50 requests with half a failure had gone before. */
function baselineRate({ requests, failures }: Counts): number {
  return Math.min(0.98, (failures + 0.5) / (requests + 50));
}

const plus = (a: Counts, b: Counts): Counts => ({
  requests: a.requests + b.requests,
  failures: a.failures + b.failures,
});

const divided = ({ requests, failures }: Counts, phi: number): Counts => ({
  requests: requests / phi,
  failures: failures / phi,
});
