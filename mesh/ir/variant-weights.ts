import type { Split } from '#mesh/model/split.ts';

/** Basis points in a whole. */
export const WHOLE = 10_000;

/** How many of 10,000 requests to a node each variant gets; `moved` says why when it is not what the split asks for. */
export interface VariantWeights {
  readonly stable: number;
  readonly canary: number;
  readonly moved?: string;
}

/**
 * A variant without endpoints gets nothing while the other one has some: a weight towards an empty cluster is an outage.
 * Counts are endpoints of each variant.
 */
export function variantWeights(
  canary: NonNullable<Split['canary']>,
  counts: { readonly stable: number; readonly canary: number },
): VariantWeights {
  if (counts.stable === 0 && counts.canary > 0)
    return { stable: 0, canary: WHOLE, moved: 'the stable variant has no endpoint: all traffic goes to the canary' };
  if (counts.canary === 0 && canary.basisPoints > 0)
    return { stable: WHOLE, canary: 0, moved: 'the canary has no endpoint: all traffic goes to the stable variant' };
  return { stable: WHOLE - canary.basisPoints, canary: canary.basisPoints };
}
