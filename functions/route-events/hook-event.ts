import type { DescribedDeployment } from '#aws/ecs.ts';
import { rolloutId } from '#rollouts/rollout.ts';
import type { DeploymentEventPorts } from './deployment-event.ts';
import type { HookDetail } from './event-schemas.ts';

/** What ECS's waiting for an answer touches. */
export interface HookEventPorts
  extends Pick<DeploymentEventPorts, 'services' | 'taskDefinition' | 'startRollout' | 'recordFact' | 'wake' | 'now'> {
  /** The service deployment with an ARN. */
  readonly describe: (serviceDeployment: string) => Promise<DescribedDeployment | undefined>;
}

/**
 * Tells the deployment's rollout that ECS waits, and starts it if its own event was lost. A service outside the mesh is left
 * alone: its pause is somebody else's gate.
 */
export const hookEvent =
  (ports: HookEventPorts) =>
  async (detail: HookDetail): Promise<void> => {
    if (detail.eventName !== 'HOOK_AWAITING_ACTION') return;
    const found = await ports.describe(detail.serviceDeploymentArn);
    if (found === undefined || found.status !== 'inProgress') return;
    const { service: serviceArn, cluster: clusterArn, deployment } = found;
    const started = await ports.services.started(serviceArn, clusterArn, deployment);
    const meshed = started && (await ports.taskDefinition(started.taskDefinition));
    if (started === undefined || meshed === undefined) return;
    const { hookId, lifecycleStage: stage, serviceDeploymentArn: serviceDeployment } = detail;
    const id = rolloutId(deployment);
    const at = detail.updatedAt ?? ports.now();
    await ports.recordFact(id, { kind: 'hook', serviceDeployment, hookId, stage, at });
    const { taskDefinition } = started;
    await ports.startRollout({ serviceArn, clusterArn, deployment, node: meshed.proxy, taskDefinition });
    await ports.wake(id);
  };
