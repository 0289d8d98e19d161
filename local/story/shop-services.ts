import {
  type ContainerDefinition,
  CreateClusterCommand,
  CreateServiceCommand,
  type DeploymentConfiguration,
  DescribeServicesCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { waitFor } from './wait-for.ts';

/** Name of the shop's ECS cluster. */
export const CLUSTER = 'shop';

/** How a service of the shop runs. */
export type ShopService = {
  name: string;
  /** ARN of its virtual node or gateway. */
  proxyArn: string;
  taskRoleArn: string;
  desiredCount: number;
  deployment: DeploymentConfiguration;
};

/** A revision of a service, and the ECS deployment that brings it. */
export type Released = { service: string; serviceArn: string; taskDefinition: string; deployment: string };

/**
 * ECS keeps old and new tasks at full scale and waits, once the new ones run, for somebody to say CONTINUE or ROLLBACK:
 * that is Weir. Weir bakes before it says so, hence ECS need not. After 60 min of silence ECS goes back by itself.
 */
export const blueGreen: DeploymentConfiguration = {
  strategy: 'BLUE_GREEN',
  bakeTimeInMinutes: 0,
  lifecycleHooks: [
    {
      targetType: 'PAUSE',
      lifecycleStages: ['POST_SCALE_UP'],
      timeoutConfiguration: { timeoutInMinutes: 60, action: 'ROLLBACK' },
    },
  ],
};

/** Old tasks leave only when as many new ones are healthy: the longest overlap ECS's rolling updates have. */
export const rolling: DeploymentConfiguration = {
  strategy: 'ROLLING',
  minimumHealthyPercent: 100,
  maximumPercent: 200,
};

/** Every unfinished status of a service deployment. */
const unfinished = ['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS'] as const;

export async function createCluster(ecs: ECSClient): Promise<void> {
  await ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));
}

/** Registers the service's first task definition, with `image` as its app (none: a gateway), and starts the service. */
export async function createService(ecs: ECSClient, service: ShopService, image?: string): Promise<Released> {
  const taskDefinition = await registerTaskDefinition(ecs, service, image);
  const { service: created } = await ecs.send(
    new CreateServiceCommand({
      cluster: CLUSTER,
      serviceName: service.name,
      taskDefinition,
      desiredCount: service.desiredCount,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-local'] } },
      deploymentConfiguration: service.deployment,
    }),
  );
  return released(service.name, taskDefinition, created);
}

/** Releases `image`: a new task definition and one UpdateService, all that a pipeline would do. */
export async function releaseImage(ecs: ECSClient, service: ShopService, image: string): Promise<Released> {
  return release(ecs, service.name, await registerTaskDefinition(ecs, service, image));
}

/** Releases a task definition that is registered already. */
export async function release(ecs: ECSClient, service: string, taskDefinition: string): Promise<Released> {
  const { service: updated } = await ecs.send(
    new UpdateServiceCommand({ cluster: CLUSTER, service, taskDefinition, forceNewDeployment: true }),
  );
  return released(service, taskDefinition, updated);
}

/** Waits until ECS has finished every deployment of the service and only its wanted tasks are left. */
export async function settled(ecs: ECSClient, service: string, timeoutMs: number): Promise<void> {
  await waitFor(`ECS to finish the deployment of ${service}`, timeoutMs, async () => {
    const open = await ecs.send(
      new ListServiceDeploymentsCommand({ cluster: CLUSTER, service, status: [...unfinished] }),
    );
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster: CLUSTER, services: [service] }));
    const seen = services?.[0];
    return (
      open.serviceDeployments?.length === 0 && seen?.runningCount === seen?.desiredCount && seen?.pendingCount === 0
    );
  });
}

async function registerTaskDefinition(ecs: ECSClient, service: ShopService, image?: string): Promise<string> {
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: service.name,
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      taskRoleArn: service.taskRoleArn,
      containerDefinitions: [proxyContainer(service.proxyArn), ...(image ? [appContainer(image)] : [])],
    }),
  );
  const arn = taskDefinition?.taskDefinitionArn;
  if (arn === undefined) throw new Error(`ECS registered ${service.name} without answering an ARN.`);
  return arn;
}

/** Envoy's own word on whether it is live; outside local mode the task has one address for all, and this is localhost. */
const isLive = `curl -fs -o /dev/null --max-time 2 "http://\${WEIR_BIND_ADDRESS:-localhost}:9901/ready"`;

/** What an App Mesh user had, with another image. */
const proxyContainer = (proxyArn: string): ContainerDefinition => ({
  name: 'envoy',
  image: 'weir-proxy',
  essential: true,
  environment: [{ name: 'APPMESH_RESOURCE_ARN', value: proxyArn }],
  healthCheck: { command: ['CMD-SHELL', isLive], interval: 5, timeout: 2, retries: 3, startPeriod: 30 },
  stopTimeout: 20,
});

const isHealthy = `curl -fs -o /dev/null --max-time 2 "http://\${WEIR_APP_ADDRESS:-localhost}:8080/health"`;

const appContainer = (image: string): ContainerDefinition => ({
  name: 'app',
  image,
  essential: true,
  healthCheck: { command: ['CMD-SHELL', isHealthy], interval: 10, timeout: 2, retries: 3, startPeriod: 60 },
  dependsOn: [{ containerName: 'envoy', condition: 'HEALTHY' }],
  stopTimeout: 15,
});

type Described = {
  serviceArn?: string | undefined;
  deployments?: { id?: string | undefined; status?: string | undefined }[] | undefined;
};

function released(service: string, taskDefinition: string, described: Described | undefined): Released {
  const deployment = described?.deployments?.find(({ status }) => status === 'PRIMARY')?.id;
  if (described?.serviceArn === undefined || deployment === undefined)
    throw new Error(`ECS answered ${service} without its ARN or PRIMARY deployment.`);
  return { service, serviceArn: described.serviceArn, taskDefinition, deployment };
}
