import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { type Arns, deploymentIdOf, taskId } from './arns.ts';
import type { ContainerRecord, RegisteredContainer, TaskDefinitionRecord, TaskRecord } from './state.ts';

/** Who a task is started for: a service's revision, or whatever RunTask said. */
export type TaskOrigin =
  | { cluster: string; service: string; revision: string }
  | { cluster: string; group?: string | undefined; startedBy?: string | undefined };

/** A task that has not begun: PROVISIONING, version 0, no address. */
export function newTaskRecord(
  arns: Arns,
  definition: TaskDefinitionRecord,
  origin: TaskOrigin,
  availabilityZone: string,
  now: number,
): TaskRecord {
  const id = taskId();
  const { cluster } = origin;
  return {
    id,
    arn: arns.task(cluster, id),
    cluster,
    ...owner(origin, definition),
    definition,
    availabilityZone,
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    version: 0,
    attachment: {
      id: randomUUID(),
      networkInterface: `eni-0${randomBytes(8).toString('hex')}`,
      mac: `0a:${(randomBytes(5).toString('hex').match(/../g) ?? []).join(':')}`,
      subnet: 'subnet-00000000000000000',
    },
    containers: definition.containerDefinitions.map((container) => newContainer(arns, cluster, id, container)),
    createdAt: now,
    updatedAt: now,
  };
}

function owner(
  origin: TaskOrigin,
  definition: TaskDefinitionRecord,
): Pick<TaskRecord, 'service' | 'revision' | 'startedBy' | 'group'> {
  if ('service' in origin) {
    const { service, revision } = origin;
    return { service, revision, startedBy: deploymentIdOf(revision), group: `service:${service}` };
  }
  const group = origin.group ?? `family:${definition.family}`;
  return origin.startedBy === undefined ? { group } : { group, startedBy: origin.startedBy };
}

function newContainer(arns: Arns, cluster: string, task: string, definition: RegisteredContainer): ContainerRecord {
  return {
    definition,
    arn: arns.container(cluster, task, randomUUID()),
    // Fargate's runtime ids: the task id, a hyphen and ten digits.
    runtimeId: `${task}-${randomInt(1e9, 1e10)}`,
    lastStatus: 'PENDING',
    health: 'UNKNOWN',
  };
}
