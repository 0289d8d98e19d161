import type { ContainerRecord, TaskRecord } from './state.ts';

/** `${ECS_CONTAINER_METADATA_URI_V4}/task`, with the fields of the documentation's Fargate sample that have a meaning here. */
export function taskMetadata(task: TaskRecord, clusterArn: string): Record<string, unknown> {
  const { definition } = task;
  return {
    Cluster: clusterArn,
    TaskARN: task.arn,
    Family: definition.family,
    Revision: `${definition.revision}`,
    DesiredStatus: task.desiredStatus,
    KnownStatus: task.lastStatus,
    ...(task.pullStartedAt && { PullStartedAt: iso(task.pullStartedAt) }),
    ...(task.pullStoppedAt && { PullStoppedAt: iso(task.pullStoppedAt) }),
    AvailabilityZone: task.availabilityZone,
    LaunchType: 'FARGATE',
    ...(task.service && { ServiceName: task.service }),
    Containers: task.containers.map((container) => containerMetadata(task, container)),
  };
}

/** `${ECS_CONTAINER_METADATA_URI_V4}` itself: the asking container. */
export function containerMetadata(task: TaskRecord, container: ContainerRecord): Record<string, unknown> {
  const { definition } = container;
  return {
    DockerId: container.runtimeId,
    Name: definition.name,
    DockerName: definition.name,
    Image: definition.image,
    Labels: {
      'com.amazonaws.ecs.cluster': task.cluster,
      'com.amazonaws.ecs.container-name': definition.name,
      'com.amazonaws.ecs.task-arn': task.arn,
      'com.amazonaws.ecs.task-definition-family': task.definition.family,
      'com.amazonaws.ecs.task-definition-version': `${task.definition.revision}`,
      ...definition.dockerLabels,
    },
    DesiredStatus: task.desiredStatus,
    KnownStatus: container.lastStatus,
    CreatedAt: iso(task.createdAt),
    ...(container.startedAt && { StartedAt: iso(container.startedAt) }),
    ...(container.exitCode !== undefined && { ExitCode: container.exitCode }),
    ...(definition.healthCheck && { Health: { status: container.health } }),
    Type: 'NORMAL',
    ContainerARN: container.arn,
    Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: task.address ? [task.address] : [] }],
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
