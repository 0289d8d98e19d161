import type { Split } from '#mesh/model/split.ts';
import type { Rollout } from './rollout.ts';
import type { StepMode } from './types.ts';

type Divided = Pick<Rollout, 'id' | 'policy' | 'stable' | 'deployment'>;

/**
 * The split that gives the canary `percent` of the node's traffic, of an audience's, or copies of it; 0 keeps the variant, its
 * endpoints and its telemetry.
 */
export function shiftedSplit(rollout: Divided, percent: number, mode: StepMode = 'traffic'): Split {
  const { id, policy, stable, deployment } = rollout;
  const { shield, reportEveryMs, abTest } = policy;
  const basisPoints = Math.round(percent * 100);
  const canary = { deployment, basisPoints, shield, rollout: id, reportEveryMs };
  if (mode === 'mirror') return { stable, canary: { ...canary, mirror: true } };
  if (mode === 'traffic' || abTest === undefined) return { stable, canary };
  return { stable, canary: { ...canary, audience: abTest.audience } };
}

/** The canary becomes stable. The agent turns the change into endpoints → routes → removal. */
export function promotedSplit({ deployment }: Pick<Rollout, 'deployment'>): Split {
  return { stable: [deployment] };
}

/** The new deployment joins the stable variant: while ECS replaces tasks one by one, old and new ones serve side by side. */
export function joinedSplit({ stable, deployment }: Pick<Rollout, 'stable' | 'deployment'>): Split {
  return { stable: [...new Set([...stable, deployment])] };
}

/**
 * Everything back to the stable variant, the canary kept at 0 (a rolling service's stable tasks may be gone until ECS has
 * relaunched them: with no stable endpoint the canary still serves). Deployments that ECS's own rollback added stay.
 */
export function rolledBackSplit(rollout: Divided, stored: Split | undefined): Split {
  const added = (stored?.stable ?? []).filter((deployment) => deployment !== rollout.deployment);
  return shiftedSplit({ ...rollout, stable: [...new Set([...rollout.stable, ...added])] }, 0);
}

/** The split without this rollout's canary, or `undefined` when there is nothing to take away. */
export function withoutCanary(stored: Split, id: string): Split | undefined {
  return stored.canary?.rollout === id ? { stable: stored.stable } : undefined;
}
