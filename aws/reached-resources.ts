import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Neighbours } from '#mesh/api/ports.ts';
import { isKind, referencesOf } from '#mesh/api/references.ts';
import { arnPath } from '#mesh/model/arn.ts';
import type { Resource, ResourceId } from '#mesh/model/resource.ts';
import { batchRead } from './batch-read.ts';
import { inParallel } from './in-parallel.ts';
import { type Item, itemsOf } from './items-of.ts';
import { meshPartition, referencePrefix, resourceKey, resourcePrefix } from './keys.ts';
import { type ResourceItem, resourceOf } from './mesh-store-item.ts';
import { parentOf } from './mesh-store-steps.ts';
import type { Table } from './table.ts';

/** Services of one router that a write of it or its routes is compiled for: what is wrong shows in each of them. */
const MOST_SERVICES = 10;
const READS_AT_ONCE = 16;

/** DynamoDB, throttled, did not give all that a write must be held against; the store reads again. */
export class ThrottledReadError extends Error {
  override readonly name = 'ThrottlingError';
}

/**
 * Every resource that the compiler looks at on the way out from a written one: what it names, what that names, the routes of
 * routers on the way, and the services in front of a written router or route. Its reads grow with these, never with the
 * mesh; a route, with its neighbours read, takes one query (ADR 0055).
 */
export async function reachedResources(
  table: Table,
  written: Resource,
  neighbours: Neighbours,
): Promise<readonly Resource[]> {
  const seen = new Map<string, Resource | undefined>([...neighbours, [arnPath(written), written]]);
  const followed = new Set<string>();
  let level: readonly Resource[] = [written];
  while (level.length > 0) {
    for (const resource of level) followed.add(arnPath(resource));
    const paths = await follow(table, written, seen, level);
    level = [...new Set(paths)].filter((path) => !followed.has(path)).flatMap((path) => seen.get(path) ?? []);
  }
  const found = [...seen.values()].flatMap((resource) => resource ?? []);
  return [...found, ...(await servicesInFront(table, written))];
}

/** Reads what the resources of one level name or contain into `seen`: one batch, and one query for each router on the way. */
async function follow(
  table: Table,
  written: Resource,
  seen: Map<string, Resource | undefined>,
  level: readonly Resource[],
): Promise<readonly string[]> {
  const named = level.flatMap((resource) => namedBy(resource, written));
  const unread = named.filter((id) => !seen.has(arnPath(id)));
  const opened = level.filter((resource) => isOpened(resource, written));
  const [read, inside] = await Promise.all([
    batchRead(table, unread.map(resourceKey)),
    inParallel(opened, READS_AT_ONCE, (resource) => childrenOf(table, resource)),
  ]);
  if (read === undefined) throw new ThrottledReadError('resources that the write names could not all be read');
  for (const id of unread) seen.set(arnPath(id), undefined);
  const children = inside.flat().filter((child) => !seen.has(arnPath(child)));
  for (const resource of [...read.map(resourceIn), ...children]) seen.set(arnPath(resource), resource);
  return [...named.map(arnPath), ...children.map(arnPath)];
}

/** A target node is where a way ends: its own backends are its own affair, unless it is what was written. */
function namedBy(resource: Resource, written: Resource): readonly ResourceId[] {
  const targets = referencesOf(resource).map(({ target }) => target);
  const isEnd = resource.kind === 'virtualNode' || written.kind === 'route';
  if (resource !== written) return isEnd ? [] : targets;
  const { owner, mesh } = written;
  return [{ kind: 'mesh', owner, mesh, name: mesh }, parentOf(written), ...targets];
}

/** Routers on the way are looked into; for a written route only if its protocol cannot tell it from the others there. */
function isOpened(resource: Resource, written: Resource): boolean {
  if (resource.kind === 'virtualRouter') return written.kind !== 'route' || isTcp(written);
  return resource.kind === 'virtualGateway' && resource === written;
}

const isTcp = (route: Resource): boolean => isKind(route, 'route') && route.spec.tcpRoute !== undefined;

async function childrenOf(table: Table, { kind, owner, mesh, name }: Resource): Promise<readonly Resource[]> {
  const childKind = kind === 'virtualRouter' ? 'route' : 'gatewayRoute';
  const items = await itemsOf(table, meshPartition(owner, mesh), resourcePrefix(childKind, name));
  return items.map(resourceIn);
}

/**
 * A back-reference to a router says all there is to know of a service: that this router is its provider. A connection does
 * not name a service, so that a TCP route is the same behind each.
 */
async function servicesInFront({ client, name }: Table, written: Resource): Promise<readonly Resource[]> {
  const router = written.kind === 'virtualRouter' ? written : parentOf(written);
  if (router.kind !== 'virtualRouter' || isTcp(written)) return [];
  const answer = await client.send(
    new QueryCommand({
      TableName: name,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: {
        ':pk': meshPartition(router.owner, router.mesh),
        ':prefix': referencePrefix(router),
      },
      Limit: MOST_SERVICES,
      ConsistentRead: true,
    }),
  );
  return (answer.Items ?? []).map(({ source }) => providedBy(router.name, source as ResourceId));
}

/** A virtual service whose provider is a router. */
function providedBy(virtualRouterName: string, id: ResourceId): Resource {
  const spec = { provider: { virtualRouter: { virtualRouterName } } };
  return { ...id, spec, uid: '', version: 0, createdAt: 0, lastUpdatedAt: 0 };
}

const resourceIn = (item: Item): Resource => resourceOf(item as unknown as ResourceItem);
