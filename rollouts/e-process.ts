/** Failure rates the canary is suspected of. Few and coarse: their mixture loses a factor of at most 8. */
export const ALTERNATIVES: readonly number[] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.99];

/** An alternative this close above the baseline is no regression worth a rollback. */
const RISE = 1.2;

/** A block of requests to both variants, possibly divided by an over-dispersion (so not whole numbers). */
export interface Block {
  readonly canary: { readonly requests: number; readonly failures: number };
  readonly stable: { readonly requests: number; readonly failures: number };
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

/** Log likelihood ratio of the counts between two failure rates. */
function logRatio({ requests, failures }: Block['canary'], rate: number, against: number): number {
  return failures * Math.log(rate / against) + (requests - failures) * Math.log((1 - rate) / (1 - against));
}

/** Sums the sidecars' vectors, then takes the mean over the alternatives: the e-value of all they saw. May be Infinity. */
export function eValue(vectors: readonly (readonly number[])[]): number {
  const sums = ALTERNATIVES.map((_, k) => vectors.reduce((sum, vector) => sum + (vector[k] ?? 0), 0));
  return sums.reduce((sum, log) => sum + Math.exp(log), 0) / ALTERNATIVES.length;
}
