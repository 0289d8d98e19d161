import { hasCycle } from '../container-order.ts';
import { type Described, seconds } from '../described.ts';
import { EcsError } from '../ecs-error.ts';
import type { Operation } from '../json-protocol.ts';
import { pageOf } from '../pages.ts';
import type { Input } from '../requests.ts';
import type { RegisteredContainer, TaskDefinitionRecord } from '../state.ts';
import { type OperationContext, operation } from './context.ts';

/** RegisterTaskDefinition, DeregisterTaskDefinition, DescribeTaskDefinition and ListTaskDefinitions. */
export function taskDefinitionOperations(context: OperationContext): (readonly [string, Operation])[] {
  const { registry } = context;
  return [
    operation('RegisterTaskDefinition', (input) => {
      const definition = register(context, input);
      return { taskDefinition: describe(definition), tags: input.tags ?? [] };
    }),
    operation('DeregisterTaskDefinition', (input) => {
      const definition = find(context, input.taskDefinition);
      definition.status = 'INACTIVE';
      return { taskDefinition: describe(definition) };
    }),
    operation('DescribeTaskDefinition', (input) => ({
      taskDefinition: describe(find(context, input.taskDefinition)),
      tags: [],
    })),
    operation('ListTaskDefinitions', (input) => {
      const { familyPrefix, status = 'ACTIVE', sort = 'ASC' } = input;
      const own = registry
        .definitions()
        .filter((one) => (familyPrefix === undefined || one.family === familyPrefix) && one.status === status)
        .sort((a, b) => a.family.localeCompare(b.family) || a.revision - b.revision);
      if (sort === 'DESC') own.reverse();
      const { items, ...token } = pageOf(
        own.map((one) => one.taskDefinitionArn),
        input,
      );
      return { taskDefinitionArns: items, ...token };
    }),
  ];
}

function register(
  { registry, arns, now }: OperationContext,
  { tags: _, ...input }: Input<'RegisterTaskDefinition'>,
): TaskDefinitionRecord {
  const containerDefinitions = input.containerDefinitions.map((one) => ({ essential: true, ...one }));
  checkContainers(containerDefinitions as RegisteredContainer[]);
  return registry.addDefinition(
    input.family,
    (revision) =>
      ({
        networkMode: 'awsvpc',
        ...input,
        containerDefinitions,
        taskDefinitionArn: arns.taskDefinition(input.family, revision),
        revision,
        status: 'ACTIVE',
        compatibilities: ['EC2', 'FARGATE'],
        registeredAt: now(),
      }) as TaskDefinitionRecord,
  );
}

function find({ registry }: OperationContext, reference: string): TaskDefinitionRecord {
  const definition = registry.findDefinition(reference);
  if (!definition) throw new EcsError('ClientException', `Unable to describe task definition: ${reference}.`);
  return definition;
}

function checkContainers(containers: readonly RegisteredContainer[]): void {
  const names = containers.map(({ name }) => name);
  if (new Set(names).size < names.length) refuse('container names must be unique.');
  if (!containers.some(({ essential }) => essential)) refuse('at least one container must be essential.');
  containers.forEach((container, index) => {
    checkDependencies(container, index, containers);
  });
  if (hasCycle(containers)) refuse('dependsOn forms a cycle.');
}

function checkDependencies(
  { dependsOn = [] }: RegisteredContainer,
  index: number,
  containers: readonly RegisteredContainer[],
): void {
  for (const { containerName, condition } of dependsOn) {
    const at = `containerDefinitions[${index}].dependsOn`;
    const other = containers.find(({ name }) => name === containerName);
    if (!other) refuse(`${at}: no container is called ${containerName}.`);
    if (condition === 'HEALTHY' && !other.healthCheck)
      refuse(`${at}: ${containerName} has no healthCheck to wait for.`);
    const ends = condition === 'COMPLETE' || condition === 'SUCCESS';
    if (ends && other.essential) refuse(`${at}: ${containerName} is essential, so its end would end the task.`);
  }
}

function refuse(message: string): never {
  throw new EcsError('ClientException', `Invalid task definition: ${message}`);
}

function describe({ registeredAt, ...definition }: TaskDefinitionRecord): Described {
  return { ...definition, registeredAt: seconds(registeredAt), requiresCompatibilities: ['FARGATE'], volumes: [] };
}
