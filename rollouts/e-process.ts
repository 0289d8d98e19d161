/** Rates the canary is suspected of. Few and coarse: their mixture loses a factor of at most 8. */
export const ALTERNATIVES: readonly number[] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.99];

/** An alternative this close above the baseline is no regression worth a rollback. */
const RISE = 1.2;

/** Trials of one kind (requests that fail, answers that are slow), possibly divided by an over-dispersion: not whole numbers. */
export interface Trials {
  readonly requests: number;
  readonly failures: number;
}

/** One interval's trials of both variants. */
export interface Block {
  readonly canary: Trials;
  readonly stable: Trials;
}

/**
 * Logarithm of the block's e-value for each alternative, given the baseline's failure rate as known before the block.
 * Under "both variants fail alike", whatever the rate, each e-value's expectation is at most 1 (Turner, Ly and Grünwald,
 * arXiv 2106.02693), so their product over blocks crosses 1/α with probability at most α, however often one looks.
 * A block without canary requests says nothing: zeros.
 */
export function logEValues({ canary, stable }: Block, baseline: number): readonly number[] {
  const total = canary.requests + stable.requests;
  if (canary.requests <= 0) return ALTERNATIVES.map(() => 0);
  return ALTERNATIVES.map((suspected) => {
    if (suspected <= RISE * baseline) return 0;
    const shared = (canary.requests * suspected + stable.requests * baseline) / total;
    return logRatio(canary, suspected, shared) + logRatio(stable, baseline, shared);
  });
}

/**
 * The same for "the canary fails at most the `allowed` part", an objective that needs no baseline: likelihood ratios, which
 * only fall in expectation while the canary keeps to it. They multiply over intervals, so all trials so far are one block.
 */
export function logExceedance(canary: Trials, allowed: number): readonly number[] {
  return ALTERNATIVES.map((suspected) => (suspected <= RISE * allowed ? 0 : logRatio(canary, suspected, allowed)));
}

/** Log likelihood ratio of the trials between two rates; a `rate` of 0 or 1 is possible where no trial contradicts it. */
export function logRatio({ requests, failures }: Trials, rate: number, against: number): number {
  const failed = failures > 0 ? failures * Math.log(rate / against) : 0;
  const passed = requests > failures ? (requests - failures) * Math.log((1 - rate) / (1 - against)) : 0;
  return failed + passed;
}

/** Sums the sidecars' vectors, then takes the mean over the alternatives: the e-value of all they saw. May be Infinity. */
export function eValue(vectors: readonly (readonly number[])[]): number {
  const sums = summed(vectors, ALTERNATIVES.length);
  return sums.reduce((sum, log) => sum + Math.exp(log), 0) / ALTERNATIVES.length;
}

/** Vectors added up part by part. */
export function summed(vectors: readonly (readonly number[])[], length: number): readonly number[] {
  return Array.from({ length }, (_, k) => vectors.reduce((sum, vector) => sum + (vector[k] ?? 0), 0));
}

/** Plug-in rate from the past alone, as if 50 requests with half a failure had gone before. */
export function plugInRate({ requests, failures }: Trials): number {
  return Math.min(0.98, (failures + 0.5) / (requests + 50));
}

/** Trials divided by their over-dispersion: correlated ones count for fewer. */
export const divided = ({ requests, failures }: Trials, phi: number): Trials => ({
  requests: requests / phi,
  failures: failures / phi,
});
