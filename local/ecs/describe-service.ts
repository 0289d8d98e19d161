import { type Arns, deploymentIdOf } from './arns.ts';
import { breakerThreshold } from './circuit-breaker.ts';
import { type Described, isPending, seconds } from './described.ts';
import {
  type Revision,
  revisionOf,
  type Service,
  type ServiceDeployment,
  type TaskDefinitionRecord,
  type TaskRecord,
} from './state.ts';

/** Task counts of one revision. */
type Counts = { requestedTaskCount: number; runningTaskCount: number; pendingTaskCount: number };

/** A service as CreateService, UpdateService and DescribeServices return it. */
export function describeService(arns: Arns, service: Service, tasks: readonly TaskRecord[]): Described {
  const { cluster, name } = service;
  const live = liveRevisions(service, tasks);
  const last = service.deployments.at(-1);
  return {
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    schedulingStrategy: 'REPLICA',
    ...service.echo,
    serviceArn: arns.service(cluster, name),
    serviceName: name,
    clusterArn: arns.cluster(cluster),
    loadBalancers: [],
    serviceRegistries: [],
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: tasks.filter((task) => task.lastStatus === 'RUNNING').length,
    pendingCount: tasks.filter(isPending).length,
    taskDefinition: revisionOf(service, service.primary).taskDefinitionArn,
    deploymentConfiguration: service.configuration,
    deploymentController: { type: 'ECS' },
    deployments: live.map((revision) => describeRollout(service, revision, tasks)),
    ...(last && { currentServiceDeployment: arns.serviceDeployment(cluster, name, last.id) }),
    currentServiceRevisions: live.map((revision) => ({
      arn: arns.serviceRevision(cluster, name, revision.id),
      ...countsOf(service, revision.id, tasks),
    })),
    events: [],
    createdAt: seconds(service.createdAt),
    placementConstraints: [],
    placementStrategy: [],
  };
}

/** A service deployment as DescribeServiceDeployments returns it. */
export function describeServiceDeployment(
  arns: Arns,
  service: Service,
  deployment: ServiceDeployment,
  tasks: readonly TaskRecord[],
): Described {
  const { configuration, breaker, rollback, stage } = deployment;
  const arnOf = (revision: string) => arns.serviceRevision(service.cluster, service.name, revision);
  const summary = (revision: string): Described => ({
    arn: arnOf(revision),
    ...countsOf(service, revision, tasks),
  });
  return {
    ...brief(arns, service, deployment),
    sourceServiceRevisions: deployment.sources.map(summary),
    targetServiceRevision: summary(deployment.target),
    deploymentConfiguration: configuration,
    ...(deployment.stoppedAt !== undefined && { stoppedAt: seconds(deployment.stoppedAt) }),
    ...(stage && { lifecycleStage: stage }),
    lifecycleHookDetails: deployment.hooks.map((hook) => ({
      hookId: hook.id,
      targetType: 'PAUSE',
      status: hook.status,
      expiresAt: seconds(hook.expiresAt),
      timeoutAction: hook.timeoutAction,
    })),
    ...(rollback && {
      rollback: {
        reason: rollback.reason,
        startedAt: seconds(rollback.startedAt),
        serviceRevisionArn: arnOf(rollback.revision),
      },
    }),
    deploymentCircuitBreaker: {
      status: breaker.status,
      failureCount: breaker.failures,
      threshold: breakerThreshold(configuration, service.desiredCount),
    },
    alarms: { status: 'DISABLED', alarmNames: configuration.alarms?.alarmNames ?? [], triggeredAlarmNames: [] },
  };
}

/** The same as one item of ListServiceDeployments. */
export function briefServiceDeployment(arns: Arns, service: Service, deployment: ServiceDeployment): Described {
  const target = arns.serviceRevision(service.cluster, service.name, deployment.target);
  const { updatedAt: _, ...rest } = brief(arns, service, deployment);
  return { ...rest, targetServiceRevisionArn: target };
}

/** A service revision as DescribeServiceRevisions returns it. */
export function describeServiceRevision(
  arns: Arns,
  service: Service,
  revision: Revision,
  definition: TaskDefinitionRecord | undefined,
): Described {
  return {
    serviceRevisionArn: arns.serviceRevision(service.cluster, service.name, revision.id),
    serviceArn: arns.service(service.cluster, service.name),
    clusterArn: arns.cluster(service.cluster),
    taskDefinition: revision.taskDefinitionArn,
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    containerImages: (definition?.containerDefinitions ?? []).map(({ name, image }) => ({
      containerName: name,
      image,
    })),
    ...('networkConfiguration' in service.echo && { networkConfiguration: service.echo['networkConfiguration'] }),
    createdAt: seconds(revision.createdAt),
  };
}

/** The primary revision first, then every other one that still has tasks, newest first. */
function liveRevisions(service: Service, tasks: readonly TaskRecord[]): Revision[] {
  const live = new Set(tasks.filter((task) => task.lastStatus !== 'STOPPED').map((task) => task.revision));
  const others = service.revisions.filter(({ id }) => live.has(id) && id !== service.primary).reverse();
  return service.status === 'INACTIVE' ? [] : [revisionOf(service, service.primary), ...others];
}

function describeRollout(service: Service, revision: Revision, tasks: readonly TaskRecord[]): Described {
  const counts = countsOf(service, revision.id, tasks);
  return {
    id: deploymentIdOf(revision.id),
    status: revision.id === service.primary ? 'PRIMARY' : 'ACTIVE',
    taskDefinition: revision.taskDefinitionArn,
    desiredCount: counts.requestedTaskCount,
    pendingCount: counts.pendingTaskCount,
    runningCount: counts.runningTaskCount,
    failedTasks: revision.failedTasks,
    createdAt: seconds(revision.createdAt),
    updatedAt: seconds(revision.updatedAt),
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    rolloutState: revision.rolloutState,
    rolloutStateReason: revision.rolloutStateReason,
  };
}

/** The primary revision is asked for the whole desired count; of others only what is left of them. */
function countsOf({ primary, desiredCount }: Service, revision: string, tasks: readonly TaskRecord[]): Counts {
  const own = tasks.filter((task) => task.revision === revision);
  const wanted = own.filter((task) => task.desiredStatus === 'RUNNING').length;
  return {
    requestedTaskCount: revision === primary ? desiredCount : wanted,
    runningTaskCount: own.filter((task) => task.lastStatus === 'RUNNING').length,
    pendingTaskCount: own.filter(isPending).length,
  };
}

function brief(arns: Arns, service: Service, deployment: ServiceDeployment): Described {
  const { startedAt, finishedAt, statusReason } = deployment;
  return {
    serviceDeploymentArn: arns.serviceDeployment(service.cluster, service.name, deployment.id),
    serviceArn: arns.service(service.cluster, service.name),
    clusterArn: arns.cluster(service.cluster),
    createdAt: seconds(deployment.createdAt),
    updatedAt: seconds(deployment.updatedAt),
    ...(startedAt !== undefined && { startedAt: seconds(startedAt) }),
    ...(finishedAt !== undefined && { finishedAt: seconds(finishedAt) }),
    status: deployment.status,
    ...(statusReason && { statusReason }),
  };
}
