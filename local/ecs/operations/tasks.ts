import { lastSegment } from '../arns.ts';
import { describeTask } from '../describe-task.ts';
import { EcsError } from '../ecs-error.ts';
import type { Operation } from '../json-protocol.ts';
import { pageOf } from '../pages.ts';
import type { Input } from '../requests.ts';
import type { TaskRecord } from '../state.ts';
import { missing, type OperationContext, operation } from './context.ts';

/** ListTasks, DescribeTasks, RunTask and StopTask. */
export function taskOperations(context: OperationContext): (readonly [string, Operation])[] {
  const { registry, arns, startTask } = context;
  return [
    operation('ListTasks', (input) => {
      const { items, ...token } = pageOf(
        list(context, input).map(({ arn }) => arn),
        input,
      );
      return { taskArns: items, ...token };
    }),
    operation('DescribeTasks', (input) => {
      const cluster = registry.cluster(input.cluster);
      const found = input.tasks.map((task) => find(context, cluster, task));
      return {
        tasks: found.flatMap((task) => (task ? [describeTask(arns, task)] : [])),
        failures: input.tasks
          .filter((_, index) => !found[index])
          .map((task) => missing(arns.task(cluster, lastSegment(task)))),
      };
    }),
    operation('RunTask', (input) => {
      const cluster = registry.cluster(input.cluster);
      const definition = registry.activeDefinition(input.taskDefinition);
      const { group, startedBy, count = 1 } = input;
      const tasks = Array.from({ length: count }, () => startTask(definition, { cluster, group, startedBy }));
      return { tasks: tasks.map((task) => describeTask(arns, task)), failures: [] };
    }),
    operation('StopTask', (input) => {
      const record = find(context, registry.cluster(input.cluster), input.task);
      if (!record) throw new EcsError('InvalidParameterException', `The referenced task was not found: ${input.task}.`);
      registry.tasks.get(record.id)?.stop('UserInitiated', input.reason ?? 'Task stopped by user');
      return { task: describeTask(arns, record) };
    }),
  ];
}

function find({ registry }: OperationContext, cluster: string, idOrArn: string): TaskRecord | undefined {
  const record = registry.tasks.get(lastSegment(idOrArn))?.record;
  return record?.cluster === cluster ? record : undefined;
}

function list({ registry }: OperationContext, input: Input<'ListTasks'>): TaskRecord[] {
  const { startedBy, family, serviceName, desiredStatus } = input;
  if (startedBy !== undefined && [family, serviceName, desiredStatus].some((filter) => filter !== undefined)) {
    throw new EcsError('InvalidParameterException', 'startedBy must be the only filter besides cluster.');
  }
  const cluster = registry.cluster(input.cluster);
  const service = serviceName === undefined ? undefined : registry.service(cluster, serviceName).name;
  const matches = (task: TaskRecord) =>
    task.cluster === cluster &&
    (startedBy === undefined || task.startedBy === startedBy) &&
    (family === undefined || task.definition.family === family) &&
    (service === undefined || task.service === service) &&
    // ECS never sets PENDING as a desired status, so that filter finds nothing.
    task.desiredStatus === (desiredStatus ?? 'RUNNING');
  return [...registry.tasks.values()].map(({ record }) => record).filter(matches);
}
