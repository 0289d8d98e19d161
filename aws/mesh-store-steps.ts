import type { Draft, Tag } from '#mesh/api/command.ts';
import { Conflict, NotFound } from '#mesh/api/errors.ts';
import { typeName } from '#mesh/api/in-use.ts';
import { overQuota } from '#mesh/api/over-quota.ts';
import type { Change } from '#mesh/api/ports.ts';
import { type Quotas, quotaOfKind } from '#mesh/api/quotas.ts';
import { type Reference, referenceId, referencesOf } from '#mesh/api/references.ts';
import { parentKind } from '#mesh/api/resource-body.ts';
import type { Resource, ResourceId } from '#mesh/model/resource.ts';
import { accountKey, clientTokenKey, outboxKey, referenceKey, resourceKey } from './keys.ts';
import { newResourceItem } from './mesh-store-item.ts';
import type { Step } from './transact.ts';

/** How long an answer stands for its client token. */
const TOKEN_SECONDS = 24 * 3600;

const stale = (): 'stale' => 'stale';

/** The new resource itself; somebody may have taken its name since we looked. */
export function createStep(table: string, resource: Resource, tags: readonly Tag[]): Step {
  const Item = newResourceItem(resource, tags);
  return {
    item: { Put: { TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' } },
    refused: stale,
  };
}

/**
 * A new spec for exactly the version that was read; tags and counters of the item stay. `writtenBy` is the rollout whose hand it
 * is: after anybody else's there is none.
 */
export function updateStep(table: string, before: Resource, after: Resource, writtenBy?: string): Step {
  const by = writtenBy === undefined ? ' REMOVE writtenBy' : ', writtenBy = :by';
  return {
    item: {
      Update: {
        TableName: table,
        Key: resourceKey(after),
        UpdateExpression: `SET #spec = :spec, #version = :version, lastUpdatedAt = :at${by}`,
        ConditionExpression: 'uid = :uid AND #version = :read',
        ExpressionAttributeNames: { '#spec': 'spec', '#version': 'version' },
        ExpressionAttributeValues: {
          ':spec': JSON.stringify(after.spec),
          ':version': after.version,
          ':at': after.lastUpdatedAt,
          ':uid': before.uid,
          ':read': before.version,
          ...(writtenBy !== undefined && { ':by': writtenBy }),
        },
      },
    },
    refused: stale,
  };
}

/** Removes exactly the version that was read, and only while nothing names it and nothing lives in it. */
export function deleteStep(table: string, before: Resource, childKinds: readonly string[]): Step {
  const empty = childKinds.map((_, index) => `children.#kind${index} = :none`);
  const names = Object.fromEntries(childKinds.map((kind, index) => [`#kind${index}`, kind]));
  return {
    item: {
      Delete: {
        TableName: table,
        Key: resourceKey(before),
        ConditionExpression: ['uid = :uid AND #version = :read AND #references = :none', ...empty].join(' AND '),
        ExpressionAttributeNames: { '#version': 'version', '#references': 'references', ...names },
        ExpressionAttributeValues: { ':uid': before.uid, ':read': before.version, ':none': 0 },
      },
    },
    refused: stale,
  };
}

/** Counts a resource where it lives, which must exist and have room for it by its quota: what parallel writers cannot pass. */
export function countSteps(table: string, id: ResourceId, by: 1 | -1, quotas: Quotas): readonly Step[] {
  if (id.kind === 'mesh') return [meshCountStep(table, id, by, quotas)];
  const parent = parentOf(id);
  const quota = quotaOfKind[id.kind];
  return [
    {
      item: {
        Update: {
          TableName: table,
          Key: resourceKey(parent),
          UpdateExpression: 'SET children.#kind = children.#kind + :by',
          ConditionExpression: by === 1 ? 'children.#kind < :limit' : 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#kind': id.kind },
          ExpressionAttributeValues: { ':by': by, ...(by === 1 ? { ':limit': quotas[quota] } : {}) },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
      refused: (exists) =>
        exists ? overQuota(quota, quotas, `${typeName(parent.kind)} ${parent.name}`) : notFound(parent),
    },
  ];
}

/** The meshes of an account are counted in an item of their own, which the first of them makes. */
function meshCountStep(table: string, { owner }: ResourceId, by: 1 | -1, quotas: Quotas): Step {
  const most = quotas.meshesPerAccount;
  const condition = 'attribute_not_exists(meshes) OR meshes < :limit';
  return {
    item: {
      Update: {
        TableName: table,
        Key: accountKey(owner),
        UpdateExpression: 'ADD meshes :by',
        ...(by === 1 && { ConditionExpression: most === 0 ? 'meshes < :limit' : condition }),
        ExpressionAttributeValues: { ':by': by, ...(by === 1 && { ':limit': most }) },
      },
    },
    refused: () => overQuota('meshesPerAccount', quotas, `account ${owner}`),
  };
}

/** Back-references and counters for what a write made the resource name, or not name any more. */
export function referenceSteps(table: string, { before, after, id }: Change): readonly Step[] {
  const old = before === undefined ? [] : referencesOf(before);
  const now = after === undefined ? [] : referencesOf(after);
  const gained = without(now, old).flatMap((reference) => gainSteps(table, id, reference));
  return [
    ...gained,
    ...lostReferences({ id, ...(before && { before }), ...(after && { after }) }).flatMap((reference) =>
      lossSteps(table, id, reference),
    ),
  ];
}

/** What a write made the resource not name any more. */
export function lostReferences({ before, after }: Change): readonly Reference[] {
  return without(before === undefined ? [] : referencesOf(before), after === undefined ? [] : referencesOf(after));
}

/** The answer this write gives its client token, for 24 hours; an expired token is free. */
export function tokenSteps(table: string, { id, token }: Draft, answer: Resource, now: number): readonly Step[] {
  if (token === undefined) return [];
  const seconds = Math.floor(now / 1000);
  const Item = {
    ...clientTokenKey(id.owner, token.text),
    fingerprint: token.fingerprint,
    answer: JSON.stringify(answer),
    ttl: seconds + TOKEN_SECONDS,
  };
  return [
    {
      item: {
        Put: {
          TableName: table,
          Item,
          ConditionExpression: 'attribute_not_exists(pk) OR #ttl <= :now',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: { ':now': seconds },
        },
      },
      refused: stale,
    },
  ];
}

/** What a publisher needs to find the proxies a write reaches, also after a delete: the resource, and what it named before. */
export function outboxStep(table: string, change: Change, outboxId: string, now: number): Step {
  const { owner, mesh } = change.id;
  const Item = {
    ...outboxKey(owner, mesh, outboxId),
    owner,
    mesh,
    id: outboxId,
    at: now,
    changed: [plainId(change.id)],
    before: lostReferences(change).map(({ target }) => target),
  };
  return { item: { Put: { TableName: table, Item } }, refused: stale };
}

/** App Mesh's answer for a resource that is not there. */
export function notFound(id: ResourceId): NotFound {
  const place = id.kind === 'mesh' ? '' : ` in Mesh ${id.mesh}`;
  return new NotFound(`${typeName(id.kind)} with name ${id.name} was not found${place}.`);
}

/** App Mesh's answer for a name that is taken. */
export function alreadyExists(id: ResourceId): Conflict {
  const place = id.kind === 'mesh' ? '' : ` in Mesh ${id.mesh}`;
  return new Conflict(`${typeName(id.kind)} with name ${id.name} already exists${place}.`);
}

/** Where a resource lives: a route in its router, a gateway route in its gateway, the rest in the mesh. */
export function parentOf({ kind, owner, mesh, parent }: ResourceId): ResourceId {
  const above = parentKind(kind);
  if (above === undefined || parent === undefined) return { kind: 'mesh', owner, mesh, name: mesh };
  return { kind: above, owner, mesh, name: parent };
}

/** The naming part of a resource or id. */
export function plainId({ kind, owner, mesh, parent, name }: ResourceId): ResourceId {
  return parent === undefined ? { kind, owner, mesh, name } : { kind, owner, mesh, parent, name };
}

function without(references: readonly Reference[], others: readonly Reference[]): readonly Reference[] {
  const known = new Set(others.map(({ target }) => referenceId(target)));
  return references.filter(({ target }) => !known.has(referenceId(target)));
}

function gainSteps(table: string, source: ResourceId, { target, blocks }: Reference): readonly Step[] {
  const Item = { ...referenceKey(target, source), target: plainId(target), source: plainId(source), blocks };
  const item: Step = { item: { Put: { TableName: table, Item } }, refused: stale };
  return blocks ? [item, countStep(table, target, 1)] : [item];
}

function lossSteps(table: string, source: ResourceId, { target, blocks }: Reference): readonly Step[] {
  const Key = referenceKey(target, source);
  const item: Step = { item: { Delete: { TableName: table, Key } }, refused: stale };
  return blocks ? [item, countStep(table, target, -1)] : [item];
}

function countStep(table: string, target: ResourceId, by: 1 | -1): Step {
  return {
    item: {
      Update: {
        TableName: table,
        Key: resourceKey(target),
        UpdateExpression: 'SET #references = #references + :by',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: { '#references': 'references' },
        ExpressionAttributeValues: { ':by': by },
      },
    },
    refused: () => notFound(target),
  };
}
