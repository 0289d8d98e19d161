import type { Deployments, Rollouts, WaysBack } from '#rollouts/ports.ts';
import type { Rollout } from '#rollouts/rollout.ts';

/** What releasing needs. */
export interface ReleasePorts {
  readonly rollouts: Pick<Rollouts, 'get'>;
  readonly deployments: Deployments;
  readonly waysBack: Pick<WaysBack, 'mark'>;
}

export interface ReleaseInput {
  readonly rolloutId: string;
  readonly action: 'continue' | 'rollback';
}

/** How ECS was told. */
export interface Released {
  readonly kind: 'continued' | 'rolledBack' | 'redeployed' | 'nothing';
  readonly reason: string;
}

/**
 * Lets ECS go on, or has it go back: by the waiting hook, by stopping the deployment, or, when ECS has finished it, by
 * deploying the revision before it anew. Repeating it finds the work done.
 */
export const releaseDeployment =
  ({ rollouts, deployments, waysBack }: ReleasePorts) =>
  async ({ rolloutId, action }: ReleaseInput): Promise<Released> => {
    const rollout = await rollouts.get(rolloutId);
    if (rollout === undefined) return { kind: 'nothing', reason: 'No such rollout is stored.' };
    if (rollout.move !== undefined) return { kind: 'nothing', reason: 'Routes are moved: no deployment waits.' };
    const found = await deployments.describe(rollout.service, rollout.deployment);
    if (found === undefined) return { kind: 'nothing', reason: 'ECS does not list the deployment any more.' };
    if (action === 'continue') {
      await deployments.proceed(found);
      return { kind: 'continued', reason: 'ECS goes on with the deployment.' };
    }
    if (await deployments.rollBack(found)) return { kind: 'rolledBack', reason: 'ECS goes back to the last revision.' };
    return redeploy(deployments, waysBack, rollout);
  };

async function redeploy(
  deployments: Deployments,
  waysBack: ReleasePorts['waysBack'],
  { service, cluster, deployment }: Rollout,
): Promise<Released> {
  const previous = await deployments.previousTaskDefinition(service, deployment);
  if (previous === undefined) return { kind: 'nothing', reason: 'ECS knows no revision before this one.' };
  await waysBack.mark(service, previous);
  if (!(await deployments.redeploy(service, cluster, deployment, previous)))
    return { kind: 'nothing', reason: 'The service has a newer deployment by now: ECS is left alone.' };
  return { kind: 'redeployed', reason: `ECS had finished the deployment: ${previous} is deployed anew.` };
}
