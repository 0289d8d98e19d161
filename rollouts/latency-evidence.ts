import { ALTERNATIVES, divided, logEValues, plugInRate, type Trials } from './e-process.ts';
import { overDispersion } from './over-dispersion.ts';

/** How many answers took how long: `[milliseconds, answers]`, the lower end of each bucket. */
export type Latencies = readonly (readonly [number, number])[];

/** How a policy judges latency: against an objective, or against what the baseline's percentile was (95 where not said). */
export interface LatencyTerms {
  readonly objectiveMs?: number;
  readonly percentile?: number;
  /** Canary answers through each sidecar that are not judged: 25 where not said. */
  readonly warmUpAnswers?: number;
}

/** Answers and the slow ones among them. */
export interface AnswerCounts {
  readonly answers: number;
  readonly slow: number;
}

/** The baseline's intervals while they are gathered: moments of the answers above each possible limit, in their order. */
interface LatencyBaseline {
  readonly intervals: number;
  readonly answers: number;
  readonly sums: readonly number[];
  readonly squares: readonly number[];
}

/** What one sidecar knows of how long its answers took. */
export interface LatencyEvidence {
  /** Gone once the limit is fixed. */
  readonly baseline?: LatencyBaseline;
  /** An answer that took longer is slow: the objective, or the baseline's percentile with a margin. Fixed once. */
  readonly slowAboveMs?: number;
  /** Over-dispersion of the slow answers, fixed with the limit. */
  readonly phi?: number;
  /** Answers of the canary that its warm-up excused. */
  readonly excused: number;
  readonly stable: AnswerCounts;
  readonly canary: AnswerCounts;
  /** One number for each alternative, as for failures. */
  readonly logE: readonly number[];
}

const NO_ANSWERS: AnswerCounts = { answers: 0, slow: 0 };

const EMPTY: LatencyBaseline = { intervals: 0, answers: 0, sums: [], squares: [] };

/** A percentile of fewer answers is a guess. */
const MIN_BASELINE_ANSWERS = 100;

/**
 * They pay for connections, caches and just-in-time compilation, in every release of every service; for a JVM it takes more.
 */
const WARM_UP_ANSWERS = 25;

/** Possible limits without an objective: 1 ms to a minute, each a quarter above the one before. */
const LIMITS_MS: readonly number[] = Array.from({ length: 50 }, (_, k) => 1.25 ** k);

/** Slower than the baseline's percentile by less is no regression that anybody notices. */
const MARGIN = 1.25;
const MARGIN_MS = 10;

/** A sidecar that has seen no answer yet. */
export const noLatency: LatencyEvidence = {
  baseline: EMPTY,
  excused: 0,
  stable: NO_ANSWERS,
  canary: NO_ANSWERS,
  logE: ALTERNATIVES.map(() => 0),
};

/** The evidence with one more interval in it; `hasBaseline` says that the baseline is long enough to fix the limit by it. */
export function foldLatencies(
  before: LatencyEvidence,
  interval: { readonly stable: Latencies; readonly canary: Latencies },
  terms: LatencyTerms,
  hasBaseline: boolean,
): LatencyEvidence {
  const evidence = hasBaseline ? withLimit(before, terms) : before;
  if (evidence.slowAboveMs === undefined) return gathered(evidence, interval.stable, limitsOf(terms));
  return judged(evidence, interval, evidence.slowAboveMs, terms);
}

/** The part of the answers that may be slow: 5 % above the 95th percentile. */
export const allowedSlow = ({ percentile = 95 }: LatencyTerms): number => (100 - percentile) / 100;

/** Slow answers as trials that fail. */
export const asTrials = ({ answers, slow }: AnswerCounts): Trials => ({ requests: answers, failures: slow });

const limitsOf = ({ objectiveMs }: LatencyTerms): readonly number[] =>
  objectiveMs === undefined ? LIMITS_MS : [objectiveMs];

function gathered(evidence: LatencyEvidence, stable: Latencies, limits: readonly number[]): LatencyEvidence {
  const { intervals, answers, sums, squares } = evidence.baseline ?? EMPTY;
  const above = limits.map((ms) => countAbove(stable, ms));
  const baseline: LatencyBaseline = {
    intervals: intervals + 1,
    answers: answers + countAbove(stable, -1),
    sums: above.map((count, k) => count + (sums[k] ?? 0)),
    squares: above.map((count, k) => count ** 2 + (squares[k] ?? 0)),
  };
  return { ...evidence, baseline };
}

/** Fixes what is slow, and how unevenly slow answers come, from the baseline alone. */
function withLimit(evidence: LatencyEvidence, terms: LatencyTerms): LatencyEvidence {
  const { baseline, ...rest } = evidence;
  if (baseline === undefined) return evidence;
  const limits = limitsOf(terms);
  const k = terms.objectiveMs === undefined ? slowLimit(baseline, limits, terms) : 0;
  const slowAboveMs = limits[k];
  if (slowAboveMs === undefined) return evidence;
  const slow = baseline.sums[k] ?? 0;
  const phi = overDispersion({ intervals: baseline.intervals, sum: slow, squares: baseline.squares[k] ?? 0 });
  return { ...rest, slowAboveMs, phi, stable: { answers: baseline.answers, slow } };
}

/** Index of the lowest limit above the percentile by the margin; -1 while there are too few answers for one. */
function slowLimit({ answers, sums }: LatencyBaseline, limits: readonly number[], terms: LatencyTerms): number {
  if (answers < MIN_BASELINE_ANSWERS) return -1;
  const percentile = limits[sums.findIndex((slow) => slow <= allowedSlow(terms) * answers)] ?? Number.POSITIVE_INFINITY;
  const least = Math.max(percentile * MARGIN, percentile + MARGIN_MS);
  return limits.findIndex((ms) => ms >= least);
}

function judged(
  evidence: LatencyEvidence,
  interval: { readonly stable: Latencies; readonly canary: Latencies },
  slowAboveMs: number,
  { warmUpAnswers = WARM_UP_ANSWERS }: LatencyTerms,
): LatencyEvidence {
  const { phi = 1 } = evidence;
  const stable = countsOf(interval.stable, slowAboveMs);
  const canary = countsOf(interval.canary, slowAboveMs);
  const seen = { ...evidence, stable: plus(evidence.stable, stable) };
  if (evidence.excused < warmUpAnswers) return { ...seen, excused: evidence.excused + canary.answers };
  const block = { canary: divided(asTrials(canary), phi), stable: divided(asTrials(stable), phi) };
  const added = logEValues(block, plugInRate(divided(asTrials(evidence.stable), phi)));
  return {
    ...seen,
    canary: plus(evidence.canary, canary),
    logE: evidence.logE.map((sum, k) => sum + (added[k] ?? 0)),
  };
}

const countsOf = (latencies: Latencies, slowAboveMs: number): AnswerCounts => ({
  answers: countAbove(latencies, -1),
  slow: countAbove(latencies, slowAboveMs),
});

function countAbove(latencies: Latencies, limitMs: number): number {
  return latencies.reduce((sum, [ms, answers]) => sum + (ms > limitMs ? answers : 0), 0);
}

const plus = (a: AnswerCounts, b: AnswerCounts): AnswerCounts => ({
  answers: a.answers + b.answers,
  slow: a.slow + b.slow,
});
