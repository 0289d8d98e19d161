import { type Evidence, foldReport, noEvidence } from '#rollouts/evidence.ts';
import type { Latencies } from '#rollouts/latency-evidence.ts';
import type { Counts } from '#rollouts/rollout.ts';
import { type JudgeTerms, type Summary, summarize } from '#rollouts/summary.ts';
import { everyMinute, everyTenSeconds, type FixedEnding, ruleEnding } from '../bench/fixed-threshold.ts';
import { binomial, geometric, poisson, seeded } from './random.ts';

/** Requests through one service: `rps` in all over `sidecars`, of which `weight` go to the canary. */
export interface Traffic {
  readonly rps: number;
  readonly weight: number;
  readonly sidecars?: number;
  /** Failure rates of the variants. */
  readonly stable: number;
  readonly canary: number;
  /** Mean size of a burst of failures; 1 is independent failures. */
  readonly burst?: number;
  /** Both variants fail half their requests, and answer ten times as slowly, from 60 s to 120 s. */
  readonly hasOutage?: boolean;
  readonly baselineSeconds?: number;
  readonly seconds?: number;
  /** How long answers take, and how many times as long the canary's: judged only when given. */
  readonly latency?: { readonly buckets: readonly (readonly [number, number])[]; readonly canaryFactor: number };
  readonly terms?: Partial<JudgeTerms>;
}

/** What became of a canary, by the judge and by the fixed rules over the very same requests. */
export interface Ending {
  /** Seconds until the verdict; Infinity when there was none. */
  readonly at: number;
  /** Failed canary requests until then. */
  readonly failed: number;
  readonly everyMinute: FixedEnding;
  readonly everyTenSeconds: FixedEnding;
  /** What the judge knew at the end. */
  readonly summary: Summary;
  /** The lowest bound of the difference that it ever gave. */
  readonly lowest: number;
}

/** `count` rollouts of this traffic, the same ones every time. */
export function rollouts(count: number, traffic: Traffic, seed = 20_261_121): readonly Ending[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => simulate(traffic, random));
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** How many of them the judge rolled back. */
export const found = (endings: readonly Ending[]): number =>
  endings.filter(({ at }) => at < Number.POSITIVE_INFINITY).length;

/** How many a fixed rule would have. */
export const foundBy = (rule: 'everyMinute' | 'everyTenSeconds', endings: readonly Ending[]): number =>
  endings.filter((ending) => ending[rule].seconds < Number.POSITIVE_INFINITY).length;

/**
 * One rollout. The traffic goes on after the verdict, since a fixed rule may need it; the judge sees it until then. Without
 * canary traffic at all the rest would say nothing: the simulation ends where both rules and the judge have.
 */
function simulate(traffic: Traffic, random: () => number): Ending {
  const { weight, sidecars = 1, seconds = 900, baselineSeconds = 60, terms: more } = traffic;
  const terms: JudgeTerms = { alpha: 0.01, ...(traffic.latency && { latency: {} }), ...more };
  let evidence: readonly Evidence[] = Array.from({ length: sidecars }, () => noEvidence);
  let verdict: { at: number; failed: number; summary: Summary } | undefined;
  let lowest = 1;
  let failed = 0;
  const canarySeconds: Counts[] = [];
  for (let t = 1; t <= baselineSeconds + seconds; t++) {
    const since = t - baselineSeconds;
    const reports = evidence.map(() => second(traffic, since > 0 ? weight : 0, since, random));
    const canary = reports.map((report) => report.canary).reduce(plus);
    if (since > 0) canarySeconds.push(canary);
    failed += canary.failures;
    if (verdict === undefined) {
      evidence = evidence.map((one, i) => {
        const { [i]: report } = reports;
        return report === undefined ? one : foldReport(one, { seq: t * 1000, ...report }, terms.latency);
      });
      const summary = summarize(evidence, terms);
      lowest = Math.min(lowest, summary.upperBound);
      if (summary.eValue >= summary.threshold) verdict = { at: since, failed, summary };
    }
    if (verdict !== undefined && hasEnded(canarySeconds)) break;
  }
  const ending = verdict ?? { at: Number.POSITIVE_INFINITY, failed, summary: summarize(evidence, terms) };
  return {
    ...ending,
    lowest,
    everyMinute: ruleEnding(everyMinute, canarySeconds),
    everyTenSeconds: ruleEnding(everyTenSeconds, canarySeconds),
  };
}

/** Nothing is left to learn after five minutes: the slower rule has had its five windows, and its own if they were bad. */
const hasEnded = (seconds: readonly Counts[]): boolean =>
  seconds.length >= everyMinute.windowSeconds * everyMinute.failedChecks;

function second(traffic: Traffic, share: number, since: number, random: () => number) {
  const { rps, sidecars = 1, burst = 1, latency, hasOutage = false } = traffic;
  const isOut = hasOutage && since > 60 && since <= 120;
  const mean = rps / sidecars;
  const stable = interval(mean * (1 - share), isOut ? 0.5 : traffic.stable, burst, random);
  const canary = interval(mean * share, isOut ? 0.5 : traffic.canary, burst, random);
  const times = (answers: number, factor: number) => latencies(answers, latency?.buckets ?? [], factor, random);
  const slower = isOut ? 10 : 1;
  return {
    ...{ intervalMs: 1000, stable, canary, shielded: 0 },
    ...(latency && {
      latency: {
        stable: times(stable.requests, slower),
        canary: times(canary.requests, slower * latency.canaryFactor),
      },
    }),
  };
}

function interval(mean: number, rate: number, burst: number, random: () => number): Counts {
  const requests = poisson(random, mean);
  if (burst === 1 || rate >= 0.5) return { requests, failures: binomial(random, requests, rate) };
  let failures = 0;
  for (let bursts = poisson(random, (mean * rate) / burst); bursts > 0; bursts--) failures += geometric(random, burst);
  return { requests, failures: Math.min(requests, failures) };
}

/** Divides answers over buckets `[milliseconds, probability]`, the last of which takes the rest. */
function latencies(answers: number, buckets: Latencies, factor: number, random: () => number): Latencies {
  let left = answers;
  let rest = 1;
  return buckets.map(([ms, probability], i) => {
    const isLast = i === buckets.length - 1;
    const count = isLast ? left : binomial(random, left, Math.min(1, probability / rest));
    left -= count;
    rest -= probability;
    return [ms * factor, count] as const;
  });
}

const plus = (a: Counts, b: Counts): Counts => ({
  requests: a.requests + b.requests,
  failures: a.failures + b.failures,
});
