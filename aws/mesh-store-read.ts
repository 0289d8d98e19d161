import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Draft } from '#mesh/api/command.ts';
import { BadRequest, Conflict } from '#mesh/api/errors.ts';
import type { Neighbours } from '#mesh/api/ports.ts';
import { referencesOf } from '#mesh/api/references.ts';
import { arnPath } from '#mesh/model/arn.ts';
import type { Resource, ResourceId } from '#mesh/model/resource.ts';
import { batchRead } from './batch-read.ts';
import type { Item } from './items-of.ts';
import { clientTokenKey, type Key, resourceKey } from './keys.ts';
import { type ResourceItem, resourceOf } from './mesh-store-item.ts';
import { notFound, parentOf, plainId } from './mesh-store-steps.ts';
import type { Table } from './table.ts';

/** What a create or update starts from. */
export interface ReadForWrite {
  readonly found: ResourceItem | undefined;
  /** The answer this client token already got. */
  readonly replay: Resource | undefined;
  readonly neighbours: Neighbours;
}

/** JSON bytes of a spec that leave room for tags and keys in a 400 KB item. */
const MOST_SPEC_BYTES = 300_000;

/**
 * The resource, its client token and all that it names by one batch read; a token used for another request is a Conflict.
 * `undefined` when not all of it could be read: try again.
 */
export async function readForWrite(table: Table, draft: Draft, now: number): Promise<ReadForWrite | undefined> {
  requireFits(draft);
  const own = resourceKey(draft.id);
  const token = draft.token === undefined ? undefined : clientTokenKey(draft.id.owner, draft.token.text);
  const named = namedIds(draft);
  const keys = [own, ...(token === undefined ? [] : [token]), ...named.map(resourceKey)];
  const items = await batchRead(table, keys);
  if (items === undefined) return undefined;
  const at = (key: Key | undefined): Item | undefined => items.find(({ pk, sk }) => pk === key?.pk && sk === key?.sk);
  return {
    found: at(own) as unknown as ResourceItem | undefined,
    replay: replayOf(draft, at(token), now),
    neighbours: new Map(named.map((id) => [arnPath(id), resourceAt(at(resourceKey(id)))])),
  };
}

/** The stored item of a resource, or NotFound. */
export async function existing({ client, name }: Table, id: ResourceId): Promise<ResourceItem> {
  const { Item } = await client.send(
    new GetCommand({ TableName: name, Key: { ...resourceKey(id) }, ConsistentRead: true }),
  );
  if (Item === undefined) throw notFound(plainId(id));
  return Item as ResourceItem;
}

/** Throws NotFound for a parent or a target that must be there and is not: also when nothing could reach them yet. */
export function requireTargets(draft: Draft, neighbours: Neighbours): void {
  const blocking = referencesOf(asResource(draft)).filter(({ blocks }) => blocks);
  const needed = draft.id.kind === 'mesh' ? [] : [parentOf(draft.id), ...blocking.map(({ target }) => target)];
  const missing = needed.find((id) => neighbours.get(arnPath(id)) === undefined);
  if (missing !== undefined) throw notFound(missing);
}

/** The mesh, the parent and every target of the spec. */
function namedIds(draft: Draft): readonly ResourceId[] {
  const { kind, owner, mesh } = draft.id;
  if (kind === 'mesh') return [];
  const targets = referencesOf(asResource(draft)).map(({ target }) => target);
  return [{ kind: 'mesh', owner, mesh, name: mesh }, parentOf(draft.id), ...targets];
}

const asResource = ({ id, spec }: Draft): Resource => ({
  ...id,
  spec,
  uid: '',
  version: 0,
  createdAt: 0,
  lastUpdatedAt: 0,
});

const resourceAt = (item: Item | undefined): Resource | undefined =>
  item === undefined ? undefined : resourceOf(item as unknown as ResourceItem);

function replayOf({ token }: Draft, used: Item | undefined, now: number): Resource | undefined {
  if (used === undefined || Number(used['ttl']) * 1000 <= now) return undefined;
  if (used['fingerprint'] === token?.fingerprint) return JSON.parse(String(used['answer']));
  throw new Conflict(
    `The request contains a client token that was used for a previous request with different specifications: ${token?.text}`,
  );
}

function requireFits({ spec }: Draft): void {
  const bytes = Buffer.byteLength(JSON.stringify(spec));
  if (bytes > MOST_SPEC_BYTES)
    throw new BadRequest(`spec has ${bytes} bytes of JSON; must have at most ${MOST_SPEC_BYTES}`);
}
