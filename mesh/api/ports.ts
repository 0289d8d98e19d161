import type { Resource, ResourceId } from '#mesh/model/resource.ts';
import type { Draft, ListQuery, Tag, WriteCommand } from './command.ts';
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
  /** Holds a write against everything that could refuse it, its transaction's conditions too, and stores nothing. */
  rehearse(command: WriteCommand): Promise<Rehearsal>;
}

/** A write that would be stored now: the resource as it would be, and what would change for whom. */
export interface Rehearsal {
  readonly resource: Resource;
  /** Those for which something would change, sorted by kind and name. */
  readonly proxies: readonly ProxyChange[];
}

/** What a write would change for all proxies of one virtual node or gateway. */
export interface ProxyChange {
  readonly proxy: ResourceId<'virtualNode' | 'virtualGateway'>;
  readonly added: readonly XdsName[];
  readonly changed: readonly XdsName[];
  readonly removed: readonly XdsName[];
  /** Places that would act less than written after the write and not before, and the other way round. */
  readonly findings: { readonly added: readonly Fault[]; readonly cleared: readonly Fault[] };
}

/** One Envoy resource: type URL and name. */
export interface XdsName {
  readonly type: string;
  readonly name: string;
}

/** A place in a spec that does not act as written; the compiler's finding. */
export interface Fault {
  readonly kind: string;
  /** Path of the resource's ARN. */
  readonly arnPath: string;
  /** Where in the resource. */
  readonly path: string;
  readonly reason: string;
}

/**
 * Resources read for a write, by the path of their ARN: the mesh, the parent and what the spec names. `undefined`: it was
 * read and is not there.
 */
export type Neighbours = ReadonlyMap<string, Resource | undefined>;

/** What the compiler says of a write before it is stored: the reason to refuse it, if there is one. */
export type CompileCheck = (change: Change, neighbours: Neighbours) => Promise<string | undefined>;

/** What a write would change for which proxies. */
export type Preview = (change: Change) => Promise<readonly ProxyChange[]>;

/** Brings a stored change to the proxies it reaches, and removes the outbox item; a failure leaves that item to its reader. */
export type Publish = (change: Change, outboxId: string) => Promise<void>;
