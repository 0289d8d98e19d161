import { DescribeTaskDefinitionCommand, type ECSClient, type TaskDefinition } from '@aws-sdk/client-ecs';
import { parseArn } from '#mesh/model/arn.ts';
import type { Interception } from '#mesh/model/endpoint.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';

/** What a task definition says of the mesh: which virtual node or gateway its tasks are, and how they meet their Envoy. */
export interface MeshedTaskDefinition {
  readonly proxy: ProxyId;
  readonly interception: Interception;
}

/** Reads task definitions; one that names no resource of a mesh is `undefined`. */
export type ReadTaskDefinition = (taskDefinition: string) => Promise<MeshedTaskDefinition | undefined>;

/** A task definition never changes under its ARN, so each is read once in the life of an environment. */
const MOST_CACHED = 1000;

/** Task definitions by ECS, remembered by ARN. */
export function taskDefinitions(client: ECSClient): ReadTaskDefinition {
  const known = new Map<string, MeshedTaskDefinition | undefined>();
  return async (taskDefinition) => {
    if (known.has(taskDefinition)) return known.get(taskDefinition);
    const answer = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
    const meshed = meshedTaskDefinition(answer.taskDefinition, accountOf(taskDefinition));
    if (known.size >= MOST_CACHED) known.clear();
    known.set(taskDefinition, meshed);
    return meshed;
  };
}

/**
 * The proxy that a task definition's `APPMESH_RESOURCE_ARN` names (of whichever container has it), in the mesh of the
 * account in that ARN, or of the task's own in its short form. `undefined` when there is none, or it is not understood.
 */
export function meshedTaskDefinition(
  definition: TaskDefinition | undefined,
  account: string,
): MeshedTaskDefinition | undefined {
  const variables = (definition?.containerDefinitions ?? []).flatMap(({ environment }) => environment ?? []);
  const named = variables.find(({ name }) => name === 'APPMESH_RESOURCE_ARN')?.value;
  const arn = named === undefined ? undefined : parseArn(named);
  const kind = arn && proxyKinds[arn.kind];
  if (arn === undefined || kind === undefined) return undefined;
  const { owner = account, mesh, name } = arn;
  const isRedirected = definition?.proxyConfiguration?.type === 'APPMESH';
  return { proxy: { owner, mesh, kind, name }, interception: isRedirected ? 'transparent' : 'explicit' };
}

const proxyKinds: Readonly<Record<string, ProxyId['kind']>> = { virtualNode: 'vn', virtualGateway: 'vg' };

/** Account in an ARN (`arn:aws:ecs:<region>:<account>:…`). */
const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
