import type { ReadTaskDefinition } from '#aws/proxy-of-task.ts';
import type { Services } from '#aws/services.ts';
import type { SplitStore } from '#aws/split-store.ts';
import type { RolloutRequest } from '#aws/start-rollout.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Clock, MeshPush } from '#rollouts/ports.ts';
import { type Fact, rolloutId } from '#rollouts/rollout.ts';
import type { DeploymentDetail } from './event-schemas.ts';

/** What the start or the failure of a deployment touches. */
export interface DeploymentEventPorts {
  readonly services: Services;
  readonly taskDefinition: ReadTaskDefinition;
  readonly splits: Pick<SplitStore, 'addStable'>;
  readonly push: Pick<MeshPush, 'push' | 'clientsOf'>;
  readonly startRollout: (request: RolloutRequest) => Promise<unknown>;
  readonly recordFact: (rollout: string, fact: Fact) => Promise<void>;
  readonly wake: (rollout: string) => Promise<void>;
  readonly now: Clock;
}

/**
 * Starts the rollout of a new deployment of a meshed service; a deployment by which ECS goes back joins the stable variant
 * instead, and a failed one ends its rollout. SERVICE_DEPLOYMENT_COMPLETED means nothing here: ECS has stopped the old
 * tasks a minute before it says so.
 */
export const deploymentEvent =
  (ports: DeploymentEventPorts) =>
  async (serviceArn: string, detail: DeploymentDetail): Promise<void> => {
    if (detail.eventName === 'SERVICE_DEPLOYMENT_FAILED') return failed(ports, detail);
    if (detail.eventName !== 'SERVICE_DEPLOYMENT_IN_PROGRESS') return;
    const { clusterArn = clusterArnOf(serviceArn), deploymentId } = detail;
    const started = await ports.services.started(serviceArn, clusterArn, deploymentId);
    const meshed = started && (await ports.taskDefinition(started.taskDefinition));
    if (started === undefined || meshed === undefined) return;
    if (started.isRollback) return joinStable(ports, meshed.proxy, deploymentId);
    const { taskDefinition } = started;
    await ports.startRollout({ serviceArn, clusterArn, deployment: deploymentId, node: meshed.proxy, taskDefinition });
  };

async function failed(
  { recordFact, wake, now }: DeploymentEventPorts,
  { deploymentId, reason, updatedAt }: DeploymentDetail,
) {
  const id = rolloutId(deploymentId);
  await recordFact(id, { kind: 'ended', at: updatedAt ?? now(), reason: reason || 'ECS ended the deployment.' });
  await wake(id);
}

async function joinStable({ splits, push }: DeploymentEventPorts, node: ProxyId, deployment: string): Promise<void> {
  if (node.kind !== 'vn') return;
  if (await splits.addStable(node, deployment)) await push.push(await push.clientsOf(node));
}

/** `…:service/<cluster>/<name>` names its cluster. */
function clusterArnOf(serviceArn: string): string {
  return serviceArn.replace(':service/', ':cluster/').replace(/\/[^/]+$/, '');
}
