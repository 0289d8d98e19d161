import {
  ContinueServiceDeploymentCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  type ECSClient,
  type ServiceDeployment as EcsDeployment,
  ListServiceDeploymentsCommand,
  StopServiceDeploymentCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import type { Deployments, ServiceDeployment } from '#rollouts/ports.ts';

/** ECS refused a verb that its own description of the deployment allows; the task may be retried. */
export class DeploymentRefusedError extends Error {
  override readonly name = 'DeploymentRefused';
}

/** A service deployment and whose it is: what a hook event, which names only its ARN, is looked up by. */
export interface DescribedDeployment extends ServiceDeployment {
  /** `ecs-svc/…` of the revision it deploys. */
  readonly deployment: string;
  readonly service: string;
  readonly cluster: string;
}

/** ECS's own deployments. */
export function deployments(client: ECSClient): Deployments {
  return {
    async describe(service, deployment) {
      const found = await findDeployment(client, service, deployment);
      return found && describedOf(found);
    },
    proceed: (deployment) => proceed(client, deployment),
    rollBack: (deployment) => rollBack(client, deployment),
    previousTaskDefinition: (service, deployment) => previousTaskDefinition(client, service, deployment),
    async redeploy(service, cluster, deployment, taskDefinition) {
      const primary = await primaryDeployment(client, service);
      if (primary?.deployment !== deployment) return false;
      await client.send(new UpdateServiceCommand({ service, cluster, taskDefinition }));
      return true;
    },
    async deploy(service, cluster, taskDefinition) {
      const command = new UpdateServiceCommand({ service, cluster, taskDefinition, forceNewDeployment: true });
      const { service: updated } = await client.send(command);
      const deployment = updated?.deployments?.find(({ status }) => status === 'PRIMARY')?.id;
      if (deployment === undefined) throw new DeploymentRefusedError(`ECS began no deployment of ${service}`);
      return deployment;
    },
    async stopTask(cluster, task, reason) {
      await isRefused(client.send(new StopTaskCommand({ cluster, task, reason })));
    },
  };
}

/** The service deployment with this ARN: how a hook event is traced to its `ecs-svc/…`. */
export async function describeServiceDeployment(
  client: ECSClient,
  serviceDeployment: string,
): Promise<DescribedDeployment | undefined> {
  const found = await read(client, serviceDeployment);
  return found && describedOf(found);
}

/** The newest deployment of a service; `undefined` when ECS knows no such active service. */
export async function primaryDeployment(
  client: ECSClient,
  service: string,
): Promise<{ readonly deployment: string; readonly taskDefinition: string; readonly cluster: string } | undefined> {
  const command = new DescribeServicesCommand({ cluster: clusterOf(service), services: [service] });
  const { services } = await client.send(command).catch(nothingOfNoCluster);
  const found = services?.find(({ status }) => status === 'ACTIVE');
  const primary = found?.deployments?.find(({ status }) => status === 'PRIMARY');
  if (primary?.id === undefined || primary.taskDefinition === undefined) return undefined;
  return { deployment: primary.id, taskDefinition: primary.taskDefinition, cluster: found?.clusterArn ?? '' };
}

/** A service of a cluster that does not exist is one that does not exist. */
function nothingOfNoCluster(error: Error): { readonly services?: never } {
  if (error.name === 'ClusterNotFoundException') return {};
  throw error;
}

async function read(client: ECSClient, serviceDeployment: string): Promise<EcsDeployment | undefined> {
  const command = new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [serviceDeployment] });
  const { serviceDeployments = [] } = await client.send(command);
  return serviceDeployments[0];
}

/**
 * `ecs-svc/<id>` belongs to the service revision whose ARN ends in the same id: that is seen in public code and held by
 * local mode, and stands among the things a real account must prove (docs/deploy.md).
 */
async function findDeployment(client: ECSClient, service: string, deployment: string) {
  let nextToken: string | undefined;
  do {
    const command = new ListServiceDeploymentsCommand({ service, cluster: clusterOf(service), nextToken });
    const page = await client.send(command);
    const found = page.serviceDeployments?.find((one) => deploymentOf(one.targetServiceRevisionArn) === deployment);
    if (found?.serviceDeploymentArn !== undefined) return read(client, found.serviceDeploymentArn);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return undefined;
}

async function proceed(client: ECSClient, { arn, awaitingHook }: ServiceDeployment): Promise<void> {
  if (awaitingHook === undefined || !(await isRefused(answer(client, arn, awaitingHook, 'CONTINUE')))) return;
  const now = await describeServiceDeployment(client, arn);
  if (now?.awaitingHook === awaitingHook)
    throw new DeploymentRefusedError(`ECS would not let ${arn} go on, though its hook ${awaitingHook} still waits`);
}

async function rollBack(client: ECSClient, { arn, awaitingHook, status }: ServiceDeployment): Promise<boolean> {
  if (status !== 'inProgress') return status !== 'successful';
  if (awaitingHook !== undefined && !(await isRefused(answer(client, arn, awaitingHook, 'ROLLBACK')))) return true;
  const stop = new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: 'ROLLBACK' });
  if (!(await isRefused(client.send(stop)))) return true;
  const now = await describeServiceDeployment(client, arn);
  if (now?.status === 'inProgress')
    throw new DeploymentRefusedError(`ECS would not roll ${arn} back, though it is still in progress`);
  return now?.status !== 'successful';
}

async function previousTaskDefinition(client: ECSClient, service: string, deployment: string) {
  const source = (await findDeployment(client, service, deployment))?.sourceServiceRevisions?.[0]?.arn;
  if (source === undefined) return undefined;
  const { serviceRevisions = [] } = await client.send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: [source] }),
  );
  return serviceRevisions[0]?.taskDefinition;
}

function answer(client: ECSClient, serviceDeploymentArn: string, hookId: string, action: 'CONTINUE' | 'ROLLBACK') {
  return client.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId, action }));
}

/** Whether ECS said that the verb comes too late; any other error is thrown. */
async function isRefused(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return false;
  } catch (error) {
    if (error instanceof Error && refusals.has(error.name)) return true;
    throw error;
  }
}

/** ECS's answers to a verb that comes too late: the hook was answered, the deployment has ended, the task is gone. */
const refusals = new Set([
  'ConflictException',
  'InvalidParameterException',
  'ServiceDeploymentNotFoundException',
  'ClientException',
]);

const rollingBack = new Set(['ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED']);
const stopped = new Set(['STOPPED', 'STOP_REQUESTED']);

function describedOf(found: EcsDeployment): DescribedDeployment {
  const { status = '', statusReason, lifecycleHookDetails = [], deploymentConfiguration } = found;
  const waiting = lifecycleHookDetails.find((hook) => hook.status === 'AWAITING_ACTION')?.hookId;
  return {
    arn: found.serviceDeploymentArn ?? '',
    deployment: deploymentOf(found.targetServiceRevision?.arn) ?? '',
    service: found.serviceArn ?? '',
    cluster: found.clusterArn ?? '',
    status: statusOf(status),
    createdAt: found.createdAt?.getTime() ?? 0,
    hasPauseHook:
      deploymentConfiguration?.strategy === 'BLUE_GREEN' && hasPause(deploymentConfiguration.lifecycleHooks),
    isFirst: (found.sourceServiceRevisions ?? []).length === 0,
    ...(statusReason === undefined ? {} : { statusReason }),
    ...(waiting === undefined ? {} : { awaitingHook: waiting }),
  };
}

function statusOf(status: string): ServiceDeployment['status'] {
  if (status === 'SUCCESSFUL') return 'successful';
  if (rollingBack.has(status)) return 'rollingBack';
  return stopped.has(status) ? 'stopped' : 'inProgress';
}

const hasPause = (hooks: NonNullable<EcsDeployment['deploymentConfiguration']>['lifecycleHooks'] = []): boolean =>
  hooks.some(({ targetType, lifecycleStages = [] }) => targetType === 'PAUSE' && lifecycleStages.some(isAfterScaleUp));

const isAfterScaleUp = (stage: string): boolean => stage !== 'RECONCILE_SERVICE' && stage !== 'PRE_SCALE_UP';

/** `ecs-svc/<id>` of a service revision's ARN. */
const deploymentOf = (revision: string | undefined): string | undefined =>
  revision === undefined ? undefined : `ecs-svc/${lastSegment(revision)}`;

/** Cluster name in a service's ARN (`…:service/<cluster>/<name>`). */
function clusterOf(service: string): string {
  return service.split('/').at(-2) ?? 'default';
}

const lastSegment = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
