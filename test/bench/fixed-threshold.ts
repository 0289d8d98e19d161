import type { Counts } from '#rollouts/rollout.ts';

/** A rule as Flagger and its kin have it: a success rate per window of the canary alone, and how many bad windows are too many. */
export interface FixedThreshold {
  readonly windowSeconds: number;
  readonly failedChecks: number;
  /** Below this part of successes a window is bad; so is one without requests. */
  readonly minSuccess: number;
}

/** Flagger's defaults: a window a minute, five bad ones, 99 %. */
export const everyMinute: FixedThreshold = { windowSeconds: 60, failedChecks: 5, minSuccess: 0.99 };

/** As quick as Flagger lets anybody be: it clamps its interval to 10 s. */
export const everyTenSeconds: FixedThreshold = { windowSeconds: 10, failedChecks: 3, minSuccess: 0.99 };

/** When a rule would have rolled back, and what that had cost. */
export interface FixedEnding {
  /** Seconds of canary traffic until then; Infinity when it never would have. */
  readonly seconds: number;
  /** Failed canary requests until then. */
  readonly failed: number;
}

/** The rule over what the canary did second by second. */
export function ruleEnding(rule: FixedThreshold, seconds: Iterable<Counts>): FixedEnding {
  let bad = 0;
  let failed = 0;
  let at = 0;
  let window: Counts = { requests: 0, failures: 0 };
  for (const { requests, failures } of seconds) {
    at += 1;
    failed += failures;
    window = { requests: window.requests + requests, failures: window.failures + failures };
    if (at % rule.windowSeconds !== 0) continue;
    if (isBad(rule, window)) bad += 1;
    if (bad >= rule.failedChecks) return { seconds: at, failed };
    window = { requests: 0, failures: 0 };
  }
  return { seconds: Number.POSITIVE_INFINITY, failed };
}

const isBad = ({ minSuccess }: FixedThreshold, { requests, failures }: Counts): boolean =>
  requests === 0 || 1 - failures / requests < minSuccess;
