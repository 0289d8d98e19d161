import { eValue } from './e-process.ts';
import type { Evidence } from './evidence.ts';
import type { Counts } from './rollout.ts';
import type { Policy } from './types.ts';

/** What all sidecars together have seen. */
export interface Summary {
  readonly eValue: number;
  /** The e-value at which the canary fails: 1/α. */
  readonly threshold: number;
  readonly stable: Counts;
  readonly canary: Counts & { readonly shielded: number };
}

/** `failing` with one sentence why, or `undefined` while there is no reason to stop. */
export type Verdict = { readonly kind: 'failing'; readonly reason: string } | undefined;

/** Adds the sidecars up. Vectors are summed, never counts: a sidecar's own pairing is what cancels a shared outage. */
export function summarize(evidence: readonly Evidence[], { alpha }: Pick<Policy, 'alpha'>): Summary {
  const sum = (of: (one: Evidence) => number) => evidence.reduce((total, one) => total + of(one), 0);
  return {
    eValue: Math.min(eValue(evidence.map(({ logE }) => logE)), Number.MAX_VALUE),
    threshold: 1 / alpha,
    stable: { requests: sum((e) => e.stable.requests), failures: sum((e) => e.stable.failures) },
    canary: {
      requests: sum((e) => e.canary.requests),
      failures: sum((e) => e.canary.failures),
      shielded: sum((e) => e.shielded),
    },
  };
}

/**
 * Judges a rollout by everything its sidecars have seen so far; it may be asked after every report, which costs no error
 * probability. `stepBase` is the canary's counts when the present weight was given: the guard rail looks at what came since.
 */
export function judge(
  summary: Summary,
  { threshold }: Pick<Policy, 'threshold'>,
  stepBase: Counts = { requests: 0, failures: 0 },
): Verdict {
  const { canary, stable } = summary;
  const seen = `canary failed ${share(canary)}, stable ${share(stable)}`;
  if (summary.eValue >= summary.threshold)
    return { kind: 'failing', reason: `${seen}; E = ${scientific(summary.eValue)} >= ${round(summary.threshold)}` };
  const requests = canary.requests - stepBase.requests;
  const failures = canary.failures - stepBase.failures;
  if (threshold === undefined || requests < threshold.minRequests) return undefined;
  const percent = (100 * failures) / requests;
  if (percent < threshold.failurePercent) return undefined;
  const rail = `${round(percent)} % of this step's ${requests} >= the policy's ${threshold.failurePercent} %`;
  return { kind: 'failing', reason: `${seen}; ${rail}` };
}

const share = ({ failures, requests }: Counts): string => `${failures} of ${requests} requests`;
const scientific = (value: number): string =>
  value < 1e4 ? `${round(value)}` : value.toExponential(1).replace('+', '');
const round = (value: number): number => Number(value.toPrecision(4));
