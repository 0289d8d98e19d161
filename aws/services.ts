import {
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
} from '@aws-sdk/client-ecs';

/** One of the deployments that make up a service now. */
export interface StartedDeployment {
  readonly taskDefinition: string;
  /** ECS goes back to an earlier revision with it. */
  readonly isRollback: boolean;
}

/** What ECS says of a deployment that an event names by `ecs-svc/…`. */
export interface Services {
  /** `undefined` when it is no part of the service any more (the event came late). */
  started(service: string, cluster: string, deployment: string): Promise<StartedDeployment | undefined>;
}

/** Service deployments ECS describes in one call. */
const MOST_DESCRIBED = 20;

/** Services by ECS. The event itself cannot be trusted: rollbacks emit SERVICE_DEPLOYMENT_IN_PROGRESS like any deployment. */
export function services(client: ECSClient): Services {
  return {
    async started(service, cluster, deployment) {
      const { services: [found] = [] } = await client.send(
        new DescribeServicesCommand({ cluster, services: [service] }),
      );
      const taskDefinition = found?.deployments?.find(({ id }) => id === deployment)?.taskDefinition;
      if (taskDefinition === undefined) return undefined;
      return { taskDefinition, isRollback: await isRollback(client, service, cluster, deployment) };
    },
  };
}

/** Whether the newest service deployments went back to this very revision; of a service's age, older ones do not matter. */
async function isRollback(client: ECSClient, service: string, cluster: string, deployment: string): Promise<boolean> {
  const { serviceDeployments = [] } = await client.send(
    new ListServiceDeploymentsCommand({ service, cluster, maxResults: MOST_DESCRIBED }),
  );
  const arns = serviceDeployments.flatMap(({ serviceDeploymentArn }) => serviceDeploymentArn ?? []);
  if (arns.length === 0) return false;
  const described = await client.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns }));
  const id = deployment.slice(deployment.lastIndexOf('/') + 1);
  return (described.serviceDeployments ?? []).some(({ rollback }) => rollback?.serviceRevisionArn?.endsWith(`/${id}`));
}
