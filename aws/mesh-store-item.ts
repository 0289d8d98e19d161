import type { Tag } from '#mesh/api/command.ts';
import type { Resource, ResourceId, ResourceKind } from '#mesh/model/resource.ts';
import { type Key, resourceKey } from './keys.ts';

/**
 * A resource as it lies in the table. `spec` is the JSON text the client sent (a DynamoDB map would lose its order);
 * `tags` and the counters `references` and `children*` live beside it, and no update of the spec touches them.
 */
export interface ResourceItem extends Key {
  readonly kind: ResourceKind;
  readonly owner: string;
  readonly mesh: string;
  readonly parent?: string;
  readonly name: string;
  readonly spec: string;
  readonly uid: string;
  readonly version: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds. */
  readonly lastUpdatedAt: number;
  readonly tags: readonly Tag[];
  /** +1 for each write of `tags`: what makes "at most 50" hold between parallel writers. */
  readonly tagsVersion: number;
  /** How many resources name this one in a way that forbids its delete. */
  readonly references: number;
  /** The rollout that wrote the spec last; absent after anybody else's write. */
  readonly writtenBy?: string;
  /** How many resources of each kind live inside this one, by kind. */
  readonly children: Readonly<Record<string, number>>;
}

/** The item of a resource nobody refers to yet. */
export function newResourceItem(resource: Resource, tags: readonly Tag[]): ResourceItem {
  const { spec, ...rest } = resource;
  const children = Object.fromEntries(childKinds(resource.kind).map((kind) => [kind, 0]));
  return {
    ...resourceKey(resource),
    ...rest,
    spec: JSON.stringify(spec),
    tags,
    tagsVersion: 0,
    references: 0,
    children,
  };
}

/** The resource in an item: what every reader of the table (mesh API, compiler) starts from. */
export function resourceOf(item: ResourceItem): Resource {
  const { kind, owner, mesh, parent, name, spec, uid, version, createdAt, lastUpdatedAt } = item;
  const id: ResourceId = parent === undefined ? { kind, owner, mesh, name } : { kind, owner, mesh, parent, name };
  return { ...id, spec: JSON.parse(spec), uid, version, createdAt, lastUpdatedAt };
}

/** The kinds that live directly inside a kind: what must be gone before it can be deleted. */
export function childKinds(kind: ResourceKind): readonly ResourceKind[] {
  if (kind === 'mesh') return ['virtualNode', 'virtualRouter', 'virtualService', 'virtualGateway'];
  if (kind === 'virtualRouter') return ['route'];
  return kind === 'virtualGateway' ? ['gatewayRoute'] : [];
}
