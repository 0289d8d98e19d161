import type { Counts } from './rollout.ts';
import { type LatencySummary, latencyPart, type Summary } from './summary.ts';
import type { Policy } from './types.ts';

/** What made the canary fail: the test of its failures, that of its latency, or the policy's guard rail. */
type Tipped = 'failures' | 'latency' | 'threshold';

/** `failing` with one sentence why, or `undefined` while there is no reason to stop. */
export type Verdict = { readonly kind: 'failing'; readonly reason: string; readonly tippedBy: Tipped } | undefined;

/** Whether a step has shown enough to be left. */
export interface Confidence {
  readonly kind: 'confident' | 'inconclusive';
  /** One sentence. */
  readonly reason: string;
  /** Canary requests in this step. */
  readonly requests: number;
  /** The canary's failure rate is above stable's by at most this; 1 says nothing. */
  readonly upperBound: number;
}

const none: Counts = { requests: 0, failures: 0 };

/**
 * Judges a rollout by everything its sidecars have seen so far; it may be asked after every report, which costs no error
 * probability. `stepBase` is the canary's counts when the present weight was given: the guard rail looks at what came since.
 */
export function judge(summary: Summary, { threshold }: Pick<Policy, 'threshold'>, stepBase: Counts = none): Verdict {
  if (summary.eValue >= summary.threshold) return tipped(summary);
  const requests = summary.canary.requests - stepBase.requests;
  const failures = summary.canary.failures - stepBase.failures;
  if (threshold === undefined || requests < threshold.minRequests) return undefined;
  const percent = (100 * failures) / requests;
  if (percent < threshold.failurePercent) return undefined;
  const rail = `${round(percent)} % of this step's ${requests} >= the policy's ${threshold.failurePercent} %`;
  return { kind: 'failing', tippedBy: 'threshold', reason: `${failureText(summary)}; ${rail}` };
}

/**
 * Whether the present step may be left for the next: with the margin that the policy asks for, with its `minRequests`, with
 * both where it asks for both. Holds whenever it is asked, and as often: the bound is one for all times.
 */
export function confidence(
  { canary, upperBound }: Summary,
  { confidence: wanted }: Pick<Policy, 'confidence'>,
  { minRequests = 0 }: { readonly minRequests?: number },
  stepBase: Counts = none,
): Confidence {
  const requests = canary.requests - stepBase.requests;
  const seen = { requests, upperBound };
  const bound = `canary fails at most ${round(100 * upperBound)} % points more than stable`;
  const asked = `${requests} of ${minRequests} requests in this step`;
  if (requests < minRequests) return { ...seen, kind: 'inconclusive', reason: `only ${asked}` };
  if (wanted === undefined) return { ...seen, kind: 'confident', reason: asked };
  const isShown = 100 * upperBound <= wanted.marginPercent * (1 + 1e-9);
  if (isShown) return { ...seen, kind: 'confident', reason: `${bound}, the policy allows ${wanted.marginPercent}` };
  const lack = upperBound >= 1 ? 'nothing is shown of the canary yet' : bound;
  return { ...seen, kind: 'inconclusive', reason: `${lack}; the policy allows ${wanted.marginPercent} % points` };
}

function tipped(summary: Summary): Verdict {
  const { eValue, threshold, latency } = summary;
  const crossed = `E = ${scientific(eValue)} >= ${round(threshold)}`;
  if (latency === undefined || latencyPart(latency.eValue) < eValue / 2)
    return { kind: 'failing', tippedBy: 'failures', reason: `${failureText(summary)}; ${crossed}` };
  return { kind: 'failing', tippedBy: 'latency', reason: `${latencyText(latency)}; ${crossed}` };
}

const failureText = ({ canary, stable }: Summary): string => `canary failed ${share(canary)}, stable ${share(stable)}`;

function latencyText({ canary, stable, slowAboveMs: [low, high] = [0, 0] }: LatencySummary): string {
  const limit = low === high ? `${round(low)} ms` : `${round(low)} to ${round(high)} ms`;
  const slow = `${canary.slow} of ${canary.answers} answers slower than ${limit}`;
  return `canary gave ${slow}, stable ${stable.slow} of ${stable.answers}`;
}

const share = ({ failures, requests }: Counts): string => `${failures} of ${requests} requests`;
const scientific = (value: number): string =>
  value < 1e4 ? `${round(value)}` : value.toExponential(1).replace('+', '');
const round = (value: number): number => Number(value.toPrecision(4));
