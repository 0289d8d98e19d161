import { type Arns, deploymentIdOf } from './arns.ts';
import type { ServiceEvent } from './change.ts';
import type { ContainerRecord, Service, TaskRecord } from './state.ts';

/** One PutEvents entry; `Detail` is JSON text. */
export type EventEntry = { Source: 'aws.ecs'; DetailType: string; Resources: string[]; Detail: string; Time: Date };

/**
 * The `ECS Task State Change` event for a task as it stands, field by field as in the documentation's Fargate sample.
 * It carries no health status: ECS sends none.
 */
export function taskStateChange(arns: Arns, task: TaskRecord): EventEntry {
  return entry('ECS Task State Change', task.arn, task.updatedAt, {
    attachments: [attachment(task)],
    availabilityZone: task.availabilityZone,
    clusterArn: arns.cluster(task.cluster),
    containers: task.containers.map((container) => containerDetail(task, container)),
    createdAt: iso(task.createdAt),
    launchType: 'FARGATE',
    cpu: task.definition.cpu ?? '256',
    memory: task.definition.memory ?? '512',
    desiredStatus: task.desiredStatus,
    group: task.group,
    lastStatus: task.lastStatus,
    overrides: { containerOverrides: task.containers.map(({ definition }) => ({ name: definition.name })) },
    ...(task.connectivityAt && { connectivity: 'CONNECTED', connectivityAt: iso(task.connectivityAt) }),
    ...times(task),
    ...(task.startedBy && { startedBy: task.startedBy }),
    ...(task.stopCode && { stopCode: task.stopCode }),
    ...(task.stoppedReason && { stoppedReason: task.stoppedReason }),
    updatedAt: iso(task.updatedAt),
    taskArn: task.arn,
    taskDefinitionArn: task.definition.taskDefinitionArn,
    version: task.version,
    platformVersion: '1.4.0',
  });
}

/** The entries a service's change becomes; a deployment event also goes out as a Service Action, as ECS does. */
export function serviceEvents(arns: Arns, service: Service, event: ServiceEvent, now: number): EventEntry[] {
  if (event.kind === 'hook') return [hookStateChange(arns, service, event, now)];
  const action = serviceAction(arns, service, event.name, now);
  if (event.kind === 'action') return [action];
  const resource = arns.service(service.cluster, service.name);
  const detail = {
    eventType: eventType(event.name),
    eventName: event.name,
    clusterArn: arns.cluster(service.cluster),
    deploymentId: deploymentIdOf(event.revision),
    updatedAt: isoSeconds(now),
    reason: event.reason,
  };
  return [entry('ECS Deployment State Change', resource, now, detail), action];
}

/** The scheduler found no address for a task: ECS's SERVICE_TASK_PLACEMENT_FAILURE. */
export function placementFailure(arns: Arns, service: Service, now: number): EventEntry {
  return serviceAction(arns, service, 'SERVICE_TASK_PLACEMENT_FAILURE', now, { reason: 'RESOURCE:ENI' });
}

/** Details of the task's network interface: known from ATTACHED on, gone again at DELETED. */
export function attachment(task: TaskRecord): {
  id: string;
  type: 'eni';
  status: string;
  details: { name: string; value: string }[];
} {
  const { id, networkInterface, mac, subnet } = task.attachment;
  if (!task.address || task.lastStatus === 'STOPPED') {
    return { id, type: 'eni', status: task.lastStatus === 'STOPPED' ? 'DELETED' : 'PRECREATED', details: [] };
  }
  const details = [
    { name: 'subnetId', value: subnet },
    { name: 'networkInterfaceId', value: networkInterface },
    { name: 'macAddress', value: mac },
    { name: 'privateDnsName', value: `ip-${task.address.replaceAll('.', '-')}.ec2.internal` },
    { name: 'privateIPv4Address', value: task.address },
  ];
  return { id, type: 'eni', status: 'ATTACHED', details };
}

function containerDetail(task: TaskRecord, container: ContainerRecord): Record<string, unknown> {
  return {
    containerArn: container.arn,
    lastStatus: container.lastStatus,
    name: container.definition.name,
    image: container.definition.image,
    runtimeId: container.runtimeId,
    taskArn: task.arn,
    networkInterfaces: task.address ? [{ attachmentId: task.attachment.id, privateIpv4Address: task.address }] : [],
    cpu: `${container.definition.cpu ?? 0}`,
    ...(container.exitCode !== undefined && { exitCode: container.exitCode }),
    ...(container.reason && { reason: container.reason }),
  };
}

const TIMES = ['pullStartedAt', 'pullStoppedAt', 'startedAt', 'stoppingAt', 'executionStoppedAt', 'stoppedAt'] as const;

function times(task: TaskRecord): Record<string, string> {
  const known = TIMES.flatMap((name) => {
    const at = task[name];
    return at === undefined ? [] : [[name, iso(at)] as const];
  });
  return Object.fromEntries(known);
}

function hookStateChange(
  arns: Arns,
  service: Service,
  { name, hook, deployment }: Extract<ServiceEvent, { kind: 'hook' }>,
  now: number,
): EventEntry {
  const resource = arns.serviceDeployment(service.cluster, service.name, deployment);
  return entry('ECS Hook State Change', resource, now, {
    eventType: name === 'HOOK_FAILED' || name === 'HOOK_TIMED_OUT' ? 'ERROR' : 'INFO',
    eventName: name,
    hookId: hook.id,
    hookType: 'PAUSE',
    expiresAt: isoSeconds(hook.expiresAt),
    lifecycleStage: hook.stage,
    clusterArn: arns.cluster(service.cluster),
    serviceArn: arns.service(service.cluster, service.name),
    serviceDeploymentArn: resource,
    updatedAt: iso(now),
  });
}

function serviceAction(
  arns: Arns,
  service: Service,
  name: string,
  now: number,
  more: Record<string, string> = {},
): EventEntry {
  return entry('ECS Service Action', arns.service(service.cluster, service.name), now, {
    eventType: eventType(name),
    eventName: name,
    clusterArn: arns.cluster(service.cluster),
    createdAt: iso(now),
    ...more,
  });
}

function eventType(name: string): 'INFO' | 'WARN' | 'ERROR' {
  if (name.endsWith('_IMPAIRED')) return 'WARN';
  return name.endsWith('_FAILED') || name.endsWith('_FAILURE') ? 'ERROR' : 'INFO';
}

function entry(detailType: string, resource: string, at: number, detail: Record<string, unknown>): EventEntry {
  return {
    Source: 'aws.ecs',
    DetailType: detailType,
    Resources: [resource],
    Detail: JSON.stringify(detail),
    Time: new Date(at),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function isoSeconds(at: number): string {
  return `${iso(at).slice(0, 19)}Z`;
}
