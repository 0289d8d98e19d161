import {
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  type ServiceDeployment,
} from '@aws-sdk/client-ecs';
import { inParallel } from './in-parallel.ts';

/** A deployment as events name it. */
export interface DeploymentName {
  readonly serviceArn: string;
  readonly clusterArn: string;
  /** `ecs-svc/…` */
  readonly deployment: string;
}

/** One of the deployments that make up a service now. */
export interface StartedDeployment {
  readonly taskDefinition: string;
  /** ECS goes back to an earlier revision with it. */
  readonly isRollback: boolean;
  /** ECS waits for an answer. */
  readonly hook?: {
    readonly serviceDeployment: string;
    readonly hookId: string;
    readonly stage: string;
    /** Epoch milliseconds at which ECS stops waiting. */
    readonly expiresAt?: number;
  };
}

/** What ECS says of services, whatever their events said. */
export interface Services {
  /** `undefined` when it is no part of the service any more (the event came late). */
  started(name: DeploymentName): Promise<StartedDeployment | undefined>;
  /** Deployments in progress of services (ARNs) of one cluster. */
  inProgress(clusterArn: string, serviceArns: readonly string[]): Promise<readonly DeploymentName[]>;
}

/** Service deployments, and services, that ECS describes in one call. */
const MOST_DEPLOYMENTS = 20;
const MOST_SERVICES = 10;

/** Services by ECS. The event itself cannot be trusted: rollbacks emit SERVICE_DEPLOYMENT_IN_PROGRESS like any deployment. */
export function services(client: ECSClient): Services {
  const describe = async (cluster: string, some: readonly string[]) =>
    (await client.send(new DescribeServicesCommand({ cluster, services: [...some] }))).services ?? [];

  return {
    async started({ serviceArn, clusterArn, deployment }) {
      const [service] = await describe(clusterArn, [serviceArn]);
      const taskDefinition = service?.deployments?.find(({ id }) => id === deployment)?.taskDefinition;
      if (taskDefinition === undefined) return undefined;
      const newest = await newestDeployments(client, serviceArn, clusterArn);
      const own = newest.find(({ targetServiceRevision }) => isRevision(targetServiceRevision?.arn, deployment));
      return {
        taskDefinition,
        isRollback: newest.some(({ rollback }) => isRevision(rollback?.serviceRevisionArn, deployment)),
        ...hookOf(own),
      };
    },

    async inProgress(clusterArn, serviceArns) {
      const chunks = Array.from({ length: Math.ceil(serviceArns.length / MOST_SERVICES) }, (_, index) =>
        serviceArns.slice(index * MOST_SERVICES, (index + 1) * MOST_SERVICES),
      );
      const described = await inParallel(chunks, 2, (chunk) => describe(clusterArn, chunk));
      return described
        .flat()
        .flatMap(({ serviceArn = '', deployments = [] }) =>
          deployments
            .filter(({ rolloutState }) => rolloutState === 'IN_PROGRESS')
            .map(({ id = '' }) => ({ serviceArn, clusterArn, deployment: id })),
        );
    },
  };
}

async function newestDeployments(
  client: ECSClient,
  service: string,
  cluster: string,
): Promise<readonly ServiceDeployment[]> {
  const { serviceDeployments = [] } = await client.send(
    new ListServiceDeploymentsCommand({ service, cluster, maxResults: MOST_DEPLOYMENTS }),
  );
  const serviceDeploymentArns = serviceDeployments.flatMap(({ serviceDeploymentArn }) => serviceDeploymentArn ?? []);
  if (serviceDeploymentArns.length === 0) return [];
  const described = await client.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }));
  return described.serviceDeployments ?? [];
}

function hookOf(deployment: ServiceDeployment | undefined): Pick<StartedDeployment, 'hook'> {
  const waiting = deployment?.lifecycleHookDetails?.find(({ status }) => status === 'AWAITING_ACTION');
  const { serviceDeploymentArn, lifecycleStage } = deployment ?? {};
  if (waiting?.hookId === undefined || serviceDeploymentArn === undefined) return {};
  const expiresAt = waiting.expiresAt?.getTime();
  const until = expiresAt === undefined ? {} : { expiresAt };
  const stage = lifecycleStage ?? '';
  return { hook: { serviceDeployment: serviceDeploymentArn, hookId: waiting.hookId, stage, ...until } };
}

/** `ecs-svc/<id>` is the revision whose ARN ends in the same id. */
function isRevision(revisionArn: string | undefined, deployment: string): boolean {
  return revisionArn?.endsWith(deployment.slice(deployment.lastIndexOf('/'))) ?? false;
}
