import type { Arns } from './arns.ts';
import { type Described, seconds } from './described.ts';
import { attachment } from './events.ts';
import type { ContainerRecord, TaskRecord } from './state.ts';

/** A task as DescribeTasks returns it; unlike its events it tells the health status. */
export function describeTask(arns: Arns, task: TaskRecord): Described {
  return {
    taskArn: task.arn,
    clusterArn: arns.cluster(task.cluster),
    taskDefinitionArn: task.definition.taskDefinitionArn,
    group: task.group,
    ...(task.startedBy && { startedBy: task.startedBy }),
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: healthOf(task),
    version: task.version,
    availabilityZone: task.availabilityZone,
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    cpu: task.definition.cpu ?? '256',
    memory: task.definition.memory ?? '512',
    attachments: [{ ...attachment(task), type: 'ElasticNetworkInterface' }],
    attributes: [],
    containers: task.containers.map((container) => describeContainer(task, container)),
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [] },
    tags: [],
    ...(task.connectivityAt && { connectivity: 'CONNECTED' }),
    ...describeTimes(task),
    ...(task.stopCode && { stopCode: task.stopCode }),
    ...(task.stoppedReason && { stoppedReason: task.stoppedReason }),
  };
}

function describeContainer(task: TaskRecord, container: ContainerRecord): Described {
  const { definition } = container;
  return {
    containerArn: container.arn,
    taskArn: task.arn,
    name: definition.name,
    image: definition.image,
    runtimeId: container.runtimeId,
    lastStatus: container.lastStatus,
    ...(container.exitCode !== undefined && { exitCode: container.exitCode }),
    ...(container.reason && { reason: container.reason }),
    networkBindings: [],
    networkInterfaces: task.address ? [{ attachmentId: task.attachment.id, privateIpv4Address: task.address }] : [],
    healthStatus: container.health,
    cpu: `${definition.cpu ?? 0}`,
  };
}

const TASK_TIMES = [
  'createdAt',
  'connectivityAt',
  'pullStartedAt',
  'pullStoppedAt',
  'startedAt',
  'stoppingAt',
  'executionStoppedAt',
  'stoppedAt',
] as const;

function describeTimes(task: TaskRecord): Described {
  return Object.fromEntries(
    TASK_TIMES.flatMap((name) => {
      const at = task[name];
      return at === undefined ? [] : [[name, seconds(at)]];
    }),
  );
}

/** HEALTHY when all checked essential containers are; UNKNOWN without any. */
function healthOf({ containers }: TaskRecord): string {
  const checked = containers.filter(({ definition }) => (definition.essential ?? true) && definition.healthCheck);
  if (checked.some(({ health }) => health === 'UNHEALTHY')) return 'UNHEALTHY';
  return checked.length > 0 && checked.every(({ health }) => health === 'HEALTHY') ? 'HEALTHY' : 'UNKNOWN';
}
