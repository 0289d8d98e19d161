import { upperBound } from './difference-bound.ts';
import { divided, eValue, logExceedance } from './e-process.ts';
import type { Evidence } from './evidence.ts';
import {
  type AnswerCounts,
  allowedSlow,
  asTrials,
  type LatencyEvidence,
  type LatencyTerms,
} from './latency-evidence.ts';
import type { Counts } from './rollout.ts';

/** What a policy asks the judge for. */
export interface JudgeTerms {
  readonly alpha: number;
  /** A canary that succeeds this often is good enough even where stable does better. */
  readonly successObjectivePercent?: number;
  readonly latency?: LatencyTerms;
}

/** How long answers took, in the eyes of all sidecars together. */
export interface LatencySummary {
  readonly eValue: number;
  /** Above how many milliseconds an answer was slow: the range over the sidecars; absent while none has fixed it. */
  readonly slowAboveMs?: readonly [number, number];
  readonly stable: AnswerCounts;
  readonly canary: AnswerCounts;
}

/** What all sidecars together have seen. */
export interface Summary {
  /** Of failures and latency together: the canary fails when it reaches `threshold`. */
  readonly eValue: number;
  /** The e-value at which the canary fails: 1/α. */
  readonly threshold: number;
  readonly stable: Counts;
  readonly canary: Counts & { readonly shielded: number };
  /** E-value of the failures alone. */
  readonly failures: number;
  /** Present where the policy judges latency. */
  readonly latency?: LatencySummary;
  /** The canary's failure rate is above stable's by at most this, at every time with probability 1 − α; 1 says nothing. */
  readonly upperBound: number;
}

/**
 * How much of the error probability latency gets. A weighted mean of e-values is one, so both tests together keep to α; the
 * larger part goes to failures, which a rollback must be quick for: they cross at 125 instead of 100.
 */
const LATENCY_SHARE = 0.2;

/** E-values between these are told apart: far more than any α needs, and numbers that the table can hold (DynamoDB's client). */
const LEAST = 1e-99;
const MOST = 1e15;

/** Adds the sidecars up. Vectors are summed, never counts: a sidecar's own pairing is what cancels a shared outage. */
export function summarize(evidence: readonly Evidence[], terms: JudgeTerms): Summary {
  const sum = (of: (one: Evidence) => number) => evidence.reduce((total, one) => total + of(one), 0);
  const failures = failureValue(evidence, terms);
  const latency = terms.latency && latencySummary(evidence, terms.latency);
  const both = latency === undefined ? failures : mixed(failures, latency.eValue);
  return {
    eValue: bounded(both),
    threshold: 1 / terms.alpha,
    stable: { requests: sum((e) => e.stable.requests), failures: sum((e) => e.stable.failures) },
    canary: {
      requests: sum((e) => e.canary.requests),
      failures: sum((e) => e.canary.failures),
      shielded: sum((e) => e.shielded),
    },
    failures: bounded(failures),
    ...(latency === undefined ? {} : { latency }),
    upperBound: upperBound(
      evidence.map(({ logDifference }) => logDifference),
      terms.alpha,
    ),
  };
}

const bounded = (value: number): number => (value < LEAST ? 0 : Math.min(value, MOST));

/** The share of a summary's e-value that latency brings. */
export const latencyPart = (eValue: number): number => LATENCY_SHARE * eValue;

const mixed = (failures: number, latency: number): number => (1 - LATENCY_SHARE) * failures + LATENCY_SHARE * latency;

/** Against "no worse than stable"; with an objective against "no worse than stable, or within the objective": the lower of both. */
function failureValue(evidence: readonly Evidence[], { successObjectivePercent }: JudgeTerms): number {
  const paired = eValue(evidence.map(({ logE }) => logE));
  if (successObjectivePercent === undefined) return paired;
  const allowed = 1 - successObjectivePercent / 100;
  const beyond = evidence.flatMap(({ phi, canary }) =>
    phi === undefined ? [] : [logExceedance(divided(canary, phi), allowed)],
  );
  return Math.min(paired, eValue(beyond));
}

/** Slower than stable, and with more slow answers than the percentile leaves: the lower of both e-values. */
function latencySummary(evidence: readonly Evidence[], terms: LatencyTerms): LatencySummary {
  const known = evidence.flatMap(({ latency }) => (latency?.slowAboveMs === undefined ? [] : [latency]));
  const beyond = known.map(({ canary, phi = 1 }) => logExceedance(divided(asTrials(canary), phi), allowedSlow(terms)));
  const value = bounded(Math.min(eValue(known.map(({ logE }) => logE)), eValue(beyond)));
  const limits = known.flatMap(({ slowAboveMs }) => slowAboveMs ?? []);
  const total = (of: (one: LatencyEvidence) => AnswerCounts): AnswerCounts => ({
    answers: known.reduce((sum, one) => sum + of(one).answers, 0),
    slow: known.reduce((sum, one) => sum + of(one).slow, 0),
  });
  return {
    eValue: value,
    ...(limits.length === 0 ? {} : { slowAboveMs: [Math.min(...limits), Math.max(...limits)] as const }),
    stable: total(({ stable }) => stable),
    canary: total(({ canary }) => canary),
  };
}
