import type { Split } from '#mesh/model/split.ts';
import type { Rollout } from './rollout.ts';
import type { PolicyStep } from './types.ts';

/** A step of the plan. */
export interface PlannedStep extends PolicyStep {
  readonly index: number;
  readonly isLast: boolean;
}

/** The step at `index`; the last one for every index behind it, so that a promotion may ask for "the end". */
export function stepAt({ policy }: Pick<Rollout, 'policy'>, index: number): PlannedStep {
  const last = policy.steps.length - 1;
  const at = Math.min(Math.max(0, index), last);
  const step = policy.steps[at];
  if (step === undefined) throw new RangeError(`policy of the rollout has no step ${index}`);
  return { ...step, index: at, isLast: at === last };
}

type Divided = Pick<Rollout, 'id' | 'policy' | 'stable' | 'deployment'>;

/** The split that gives the canary `percent` of the node's traffic; 0 keeps the variant, its endpoints and its telemetry. */
export function shiftedSplit({ id, policy, stable, deployment }: Divided, percent: number): Split {
  const { shield, reportEveryMs } = policy;
  const basisPoints = Math.round(percent * 100);
  return { stable, canary: { deployment, basisPoints, shield, rollout: id, reportEveryMs } };
}

/** The canary becomes stable. The agent turns the change into endpoints → routes → removal. */
export function promotedSplit({ deployment }: Pick<Rollout, 'deployment'>): Split {
  return { stable: [deployment] };
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
