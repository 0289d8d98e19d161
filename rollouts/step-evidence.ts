import type { Tipped } from './judge.ts';
import type { Counts } from './rollout.ts';
import type { LatencySummary, Summary } from './summary.ts';

/** What the judge had seen of a rollout when a step, or the rollout, ended: everything so far, and the step's own share. */
export interface StepEvidence {
  /** Since the rollout began; `shielded` failures are among the canary's, though no client saw them. */
  readonly canary: Counts & { readonly shielded: number };
  readonly stable: Counts;
  /** Canary requests of this step alone. */
  readonly step: Counts;
  readonly eValue: number;
  readonly upperBound: number;
  readonly latency?: LatencySummary;
  /** What made the canary fail, if it did. */
  readonly tippedBy?: Tipped;
}

/** What a step's record keeps of a summary; `stepBase` is the canary's counts when the step's weight was given. */
export function stepEvidence(summary: Summary, stepBase: Counts, tippedBy?: Tipped): StepEvidence {
  const { canary, stable, eValue, upperBound, latency } = summary;
  return {
    canary,
    stable,
    step: {
      requests: canary.requests - stepBase.requests,
      failures: canary.failures - stepBase.failures,
    },
    eValue,
    upperBound,
    ...(latency === undefined ? {} : { latency }),
    ...(tippedBy === undefined ? {} : { tippedBy }),
  };
}
