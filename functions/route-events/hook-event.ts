import type { DescribedDeployment } from '#aws/ecs.ts';
import { type NoticePorts, noticeDeployment } from '#aws/notice-deployment.ts';
import type { HookDetail } from './event-schemas.ts';

/** What ECS's waiting for an answer touches. */
export interface HookEventPorts extends NoticePorts {
  /** The service deployment with an ARN. */
  readonly describe: (serviceDeployment: string) => Promise<DescribedDeployment | undefined>;
}

/**
 * Has the deployment noticed whose hook waits; that also starts its rollout if its own event was lost. The hook is read from
 * ECS, not from the event: a late event names one that was answered.
 */
export const hookEvent =
  (ports: HookEventPorts) =>
  async ({ eventName, serviceDeploymentArn }: HookDetail): Promise<void> => {
    if (eventName !== 'HOOK_AWAITING_ACTION') return;
    const found = await ports.describe(serviceDeploymentArn);
    if (found === undefined || found.status !== 'inProgress') return;
    const { service: serviceArn, cluster: clusterArn, deployment } = found;
    await noticeDeployment(ports)({ serviceArn, clusterArn, deployment });
  };
