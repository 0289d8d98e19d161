import { DIFFERENCES, logDifferenceValues } from './difference-bound.ts';
import { ALTERNATIVES, type Block, divided, logEValues, plugInRate } from './e-process.ts';
import {
  foldLatencies,
  type Latencies,
  type LatencyEvidence,
  type LatencyTerms,
  noLatency,
} from './latency-evidence.ts';
import { overDispersion } from './over-dispersion.ts';
import { MIN_BASELINE_INTERVALS, MIN_BASELINE_SECONDS } from './policy-schema.ts';
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
  /** How long answers took; absent from a sidecar that does not tell. */
  readonly latency?: { readonly stable: Latencies; readonly canary: Latencies } | undefined;
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
  /** One number for each of {@link DIFFERENCES}; what bounds the difference of the two rates. */
  readonly logDifference: readonly number[];
  /** Present where the policy judges latency. */
  readonly latency?: LatencyEvidence;
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
  logDifference: DIFFERENCES.map(() => 0),
};

/**
 * The evidence with one more report in it. A report whose `seq` does not rise is a duplicate or late: the same evidence is
 * returned. A sidecar with too little baseline (it joined late) gathers it first and adds nothing to the e-process until then.
 * `latency` is how the rollout's policy judges latency; without it nothing is kept of it.
 */
export function foldReport(evidence: Evidence, report: CountsReport, latency?: LatencyTerms): Evidence {
  if (report.seq <= evidence.seq) return evidence;
  const phi = evidence.phi ?? fixedPhi(evidence, report);
  const block = phi === undefined ? undefined : blockOf(report, phi);
  return {
    seq: report.seq,
    since: evidence.seq === 0 ? report.seq - report.intervalMs : evidence.since,
    baseline: phi === undefined ? withInterval(evidence.baseline, report.stable) : evidence.baseline,
    ...(phi === undefined ? {} : { phi }),
    stable: plus(evidence.stable, report.stable),
    canary: plus(evidence.canary, report.canary),
    shielded: evidence.shielded + report.shielded,
    ...judged(evidence, block, phi ?? 1),
    ...withLatency(evidence, report, phi !== undefined, latency),
  };
}

function fixedPhi({ baseline, since }: Evidence, { canary, seq }: CountsReport): number | undefined {
  const isLong = baseline.intervals >= MIN_BASELINE_INTERVALS && seq - since >= MIN_BASELINE_SECONDS * 1000;
  if (canary.requests === 0 || !isLong) return undefined;
  return overDispersion({ ...baseline, sum: baseline.failures });
}

function withInterval(baseline: Baseline, { requests, failures }: Counts): Baseline {
  return {
    ...plus(baseline, { requests, failures }),
    intervals: baseline.intervals + 1,
    squares: baseline.squares + failures ** 2,
  };
}

function judged(
  { stable, logE, logDifference }: Evidence,
  block: Block | undefined,
  phi: number,
): Pick<Evidence, 'logE' | 'logDifference'> {
  if (block === undefined) return { logE, logDifference };
  const past = divided(stable, phi);
  return {
    logE: sum(logE, logEValues(block, plugInRate(past))),
    logDifference: sum(logDifference, logDifferenceValues(block, past)),
  };
}

function withLatency(
  { latency = noLatency }: Evidence,
  report: CountsReport,
  hasBaseline: boolean,
  terms: LatencyTerms | undefined,
): Pick<Evidence, 'latency'> {
  if (terms === undefined) return {};
  const { stable, canary } = report.latency ?? { stable: [], canary: [] };
  return { latency: foldLatencies(latency, { stable, canary }, terms, hasBaseline) };
}

const blockOf = ({ canary, stable }: CountsReport, phi: number): Block => ({
  canary: divided(canary, phi),
  stable: divided(stable, phi),
});

const sum = (a: readonly number[], b: readonly number[]): readonly number[] => b.map((value, k) => value + (a[k] ?? 0));

const plus = (a: Counts, b: Counts): Counts => ({
  requests: a.requests + b.requests,
  failures: a.failures + b.failures,
});
