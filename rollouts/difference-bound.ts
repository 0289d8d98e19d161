import { type Block, logRatio, plugInRate, summed, type Trials } from './e-process.ts';

/** Differences (canary's failure rate minus stable's) that are put to the test, from small to large. */
export const DIFFERENCES: readonly number[] = [
  0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5,
];

/** Halvings of the interval in which a nearest point lies: below 1e-9 of it, and each costs a few operations. */
const HALVINGS = 32;
const SMALLEST = 1e-9;

/**
 * Logarithm of the block's e-value against "the canary's rate is at least `difference` above stable's", for each of
 * {@link DIFFERENCES}: the likelihood of "both fail at the rate that stable had before the block" over that of the point of
 * the hypothesis which is nearest to it (the reverse information projection). Its expectation is at most 1 wherever the
 * hypothesis holds (Turner, Ly and Grünwald, arXiv 2106.02693: the set of such pairs of rates is convex).
 */
export function logDifferenceValues({ canary, stable }: Block, past: Trials): readonly number[] {
  if (canary.requests <= 0) return DIFFERENCES.map(() => 0);
  const rate = plugInRate(past);
  return DIFFERENCES.map((difference) => {
    const nearest = nearestStableRate(canary.requests, stable.requests, rate, difference);
    return logRatio(canary, rate, nearest + difference) + logRatio(stable, rate, nearest);
  });
}

/**
 * What the canary's rate is above stable's at most, and that at all times at once with probability 1 − α: the smallest tested
 * difference that is refuted together with all larger ones; 1 while there is none. Holds as long as the difference is the
 * same or larger in every block; the rates themselves may change.
 */
export function upperBound(vectors: readonly (readonly number[])[], alpha: number): number {
  const refuted = Math.log(1 / alpha);
  const sums = summed(vectors, DIFFERENCES.length);
  let bound = 1;
  for (let k = DIFFERENCES.length - 1; k >= 0 && (sums[k] ?? 0) >= refuted; k--) bound = DIFFERENCES[k] ?? 1;
  return bound;
}

/**
 * Stable's rate in the pair (rate + difference, rate) from which a block is hardest to tell when both variants really fail at
 * `rate`: the zero of the derivative of the Kullback-Leibler divergence, which is convex.
 */
function nearestStableRate(canary: number, stable: number, rate: number, difference: number): number {
  let low = Math.max(SMALLEST, rate - difference);
  let high = Math.min(rate, 1 - difference - SMALLEST);
  if (high <= low) return Math.max(SMALLEST, high);
  const slope = (at: number) => canary * pull(at + difference, rate) + stable * pull(at, rate);
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** Derivative, at `at`, of the divergence between a Bernoulli rate and one at `at`. */
const pull = (at: number, rate: number): number => (at - rate) / (at * (1 - at));
