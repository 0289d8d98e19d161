import type { Resource, ResourceId } from '#mesh/model/resource.ts';
import type { Draft, ListQuery, Tag } from './command.ts';
import type { ResourceSummary } from './resource-body.ts';

/** One write as it happened, or would happen: `before` is absent on create, `after` on delete. */
export interface Change {
  readonly id: ResourceId;
  readonly before?: Resource;
  readonly after?: Resource;
}

/** One page of a list, in the order of names. */
export interface Page {
  readonly items: readonly ResourceSummary[];
  readonly nextToken?: string;
}

/**
 * Where meshes are kept. Each write is one transaction: the resource, what it refers to, its client token and its outbox
 * item are all stored or none. Writers never lose each other's updates; each throws an AppMeshError when refused.
 */
export interface MeshStore {
  /** The resource, or NotFound. Reads its own writes. */
  describe(id: ResourceId): Promise<Resource>;
  create(draft: Draft): Promise<Resource>;
  update(draft: Draft): Promise<Resource>;
  /** The resource as deleted: version + 1. */
  delete(id: ResourceId): Promise<Resource>;
  list(query: ListQuery): Promise<Page>;
  tags(id: ResourceId): Promise<readonly Tag[]>;
  /** Adds tags, replacing those with the same key; TooManyTags beyond 50. */
  tag(id: ResourceId, tags: readonly Tag[]): Promise<void>;
  untag(id: ResourceId, keys: readonly string[]): Promise<void>;
}

/** What the compiler says of a write before it is stored: the reason to refuse it, if there is one. */
export type CompileCheck = (change: Change) => Promise<string | undefined>;

/** Brings a stored change to the proxies it reaches, and removes the outbox item; a failure leaves that item to its reader. */
export type Publish = (change: Change, outboxId: string) => Promise<void>;
