import type { CanaryShield } from './split.ts';

/**
 * Two declared virtual nodes that serve the same routes while traffic moves from one to the other (a route rollout): what
 * sidecars count under the rollout's id. The weights themselves stand in the routes, as App Mesh has them.
 */
export interface Comparison {
  /** The virtual node that has served so far. */
  readonly stable: string;
  readonly rollout: string;
  readonly shield: CanaryShield;
  /** How often a sidecar reports its counts, in milliseconds. */
  readonly reportEveryMs: number;
}
