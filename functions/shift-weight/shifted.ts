import type { Ask } from '#rollouts/next-move.ts';
import type { Outcome, Rollout, WaitName } from '#rollouts/rollout.ts';

/**
 * What was done, for the state machine. `shifted`: wait for acknowledgements, then for `wait`; `promoted`: wait for them, then
 * let ECS go on (`unseen`: at once, nobody has to confirm); `watch`: wait for `wait`; `pause`: stand still, then watch the same
 * again; `unrouted`: no sidecar has the node among its routes. Any other kind ends the rollout, nothing was written.
 */
export interface Shifted {
  readonly kind: 'shifted' | 'promoted' | 'unseen' | 'watch' | 'unrouted' | Outcome['kind'];
  readonly reason: string;
  /** What is to be asked for next. */
  readonly next: Ask['next'];
  readonly weight: Ask['weight'];
  readonly check: Ask['check'];
  readonly wait: WaitName;
  /** How long `wait` lasts at most, or a rollback's sidecars are waited for. */
  readonly seconds: number;
}

/** What a move is that nothing is watched after. */
export const unwatched = { next: 0, weight: null, check: 'nothing', wait: 'observe', seconds: 1 } as const;

/** The rollout is gone, or has no weight to go back to. */
export const nothingToShift: Shifted = { ...unwatched, kind: 'unrouted', reason: 'No such rollout is stored.' };

/** Nobody in the mesh calls the node. */
export function unrouted({ node }: Rollout): Pick<Shifted, 'kind' | 'reason'> {
  return { kind: 'unrouted', reason: `No running sidecar of mesh ${node.mesh} routes to ${node.name}.` };
}
