import { type NoticePorts, noticeDeployment } from '#aws/notice-deployment.ts';
import { rolloutId } from '#rollouts/rollout.ts';
import type { DeploymentDetail } from './event-schemas.ts';

/**
 * Notices a new deployment; a failed one ends its rollout. SERVICE_DEPLOYMENT_COMPLETED means nothing here: ECS has stopped
 * the old tasks a minute before it says so.
 */
export const deploymentEvent =
  (ports: NoticePorts) =>
  async (serviceArn: string, detail: DeploymentDetail): Promise<void> => {
    if (detail.eventName === 'SERVICE_DEPLOYMENT_FAILED') return failed(ports, detail);
    if (detail.eventName !== 'SERVICE_DEPLOYMENT_IN_PROGRESS') return;
    const { clusterArn = clusterArnOf(serviceArn), deploymentId: deployment } = detail;
    await noticeDeployment(ports)({ serviceArn, clusterArn, deployment });
  };

async function failed({ recordFact, wake, now }: NoticePorts, { deploymentId, reason, updatedAt }: DeploymentDetail) {
  const id = rolloutId(deploymentId);
  await recordFact(id, { kind: 'ended', at: updatedAt ?? now(), reason: reason || 'ECS ended the deployment.' });
  await wake(id);
}

/** `…:service/<cluster>/<name>` names its cluster. */
function clusterArnOf(serviceArn: string): string {
  return serviceArn.replace(':service/', ':cluster/').replace(/\/[^/]+$/, '');
}
