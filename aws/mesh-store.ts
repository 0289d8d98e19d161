import { randomUUID } from 'node:crypto';
import { BatchGetCommand, type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Draft, Tag } from '#mesh/api/command.ts';
import { BadRequest, Conflict, TooManyTags } from '#mesh/api/errors.ts';
import { inUse } from '#mesh/api/in-use.ts';
import type { Change, CompileCheck, MeshStore, Publish } from '#mesh/api/ports.ts';
import type { Resource, ResourceId } from '#mesh/model/resource.ts';
import { clientTokenKey, resourceKey } from './keys.ts';
import { childKinds, type ResourceItem, resourceOf } from './mesh-store-item.ts';
import { listPage, referrers } from './mesh-store-query.ts';
import {
  alreadyExists,
  type ChildLimits,
  createStep,
  deleteStep,
  notFound,
  outboxStep,
  parentSteps,
  plainId,
  referenceSteps,
  tokenSteps,
  updateStep,
} from './mesh-store-steps.ts';
import { type Step, transact, untilSettled } from './transact.ts';

/** What the store is wired to. */
export interface MeshStoreParts {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly limits: ChildLimits;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly check: CompileCheck;
  readonly publish: Publish;
}

/** App Mesh: 50 tags a resource. */
const MOST_TAGS = 50;
/** JSON bytes of a spec that leave room for tags and keys in a 400 KB item. */
const MOST_SPEC_BYTES = 300_000;

/**
 * The mesh store on DynamoDB. A write is one TransactWriteItems: the resource under the version that was read, its
 * back-references, a count on everything that thereby may not be deleted, its client token and one outbox item.
 * Conditions on the counts make a delete and a new reference to the same resource exclude each other (ADR 0050).
 */
export function meshStore(parts: MeshStoreParts): MeshStore {
  return {
    describe: async (id) => resourceOf(await existing(parts, id)),
    create: (draft) => untilSettled(() => create(parts, draft)),
    update: (draft) => untilSettled(() => update(parts, draft)),
    delete: (id) => untilSettled(() => remove(parts, id)),
    list: (query) => listPage(parts, query),
    tags: async (id) => (await existing(parts, id)).tags,
    tag: (id, tags) => retag(parts, id, (old) => [...without(old, new Set(tags.map(({ key }) => key))), ...tags]),
    untag: (id, keys) => retag(parts, id, (old) => without(old, new Set(keys))),
  };
}

async function create(parts: MeshStoreParts, draft: Draft): Promise<Resource | undefined> {
  const stored = await read(parts, draft);
  if (stored === undefined) return undefined;
  const { found, replay } = stored;
  if (replay !== undefined) return replay;
  if (found !== undefined) throw alreadyExists(draft.id);
  const now = parts.now();
  const fresh = { uid: randomUUID(), version: 1, createdAt: now, lastUpdatedAt: now };
  const after: Resource = { ...draft.id, spec: draft.spec, ...fresh };
  const steps = [
    createStep(parts.table, after, draft.tags),
    ...parentSteps(parts.table, draft.id, 1, parts.limits),
    ...tokenSteps(parts.table, draft, after, now),
  ];
  return commit(parts, { id: draft.id, after }, steps, after);
}

async function update(parts: MeshStoreParts, draft: Draft): Promise<Resource | undefined> {
  const stored = await read(parts, draft);
  if (stored === undefined) return undefined;
  const { found, replay } = stored;
  if (replay !== undefined) return replay;
  if (found === undefined) throw notFound(draft.id);
  const before = resourceOf(found);
  const now = parts.now();
  const after = { ...before, spec: draft.spec, version: before.version + 1, lastUpdatedAt: now };
  const steps = [updateStep(parts.table, before, after), ...tokenSteps(parts.table, draft, after, now)];
  return commit(parts, { id: draft.id, before, after }, steps, after);
}

async function remove(parts: MeshStoreParts, id: ResourceId): Promise<Resource | undefined> {
  const item = await existing(parts, id);
  const before = resourceOf(item);
  const sources = item.references > 0 ? await referrers(parts, id) : [];
  const refusal = inUse(id, { sources, children: item.children });
  if (refusal !== undefined) throw refusal;
  const steps = [
    deleteStep(parts.table, before, childKinds(id.kind)),
    ...parentSteps(parts.table, id, -1, parts.limits),
  ];
  const answer = { ...before, version: before.version + 1, lastUpdatedAt: parts.now() };
  return commit(parts, { id, before }, steps, answer);
}

/** Checks, writes and publishes one change; `undefined` when its reads proved stale. */
async function commit<T>(
  parts: MeshStoreParts,
  change: Change,
  steps: readonly Step[],
  answer: T,
): Promise<T | undefined> {
  const reason = await parts.check(change);
  if (reason !== undefined) throw new BadRequest(reason);
  const outboxId = randomUUID();
  const all = [
    ...steps,
    ...referenceSteps(parts.table, change),
    outboxStep(parts.table, change, outboxId, parts.now()),
  ];
  if (!(await transact(parts.client, all))) return undefined;
  await parts.publish(change, outboxId);
  return answer;
}

interface Read {
  readonly found: ResourceItem | undefined;
  /** The answer this client token already got. */
  readonly replay: Resource | undefined;
}

/**
 * The resource and its client token in one consistent read; a token used for another request is a Conflict. `undefined` when
 * DynamoDB, throttled, left a key out: what was not read must not pass for what is not there.
 */
async function read(parts: MeshStoreParts, draft: Draft): Promise<Read | undefined> {
  requireFits(draft);
  const own = resourceKey(draft.id);
  const token = draft.token === undefined ? undefined : clientTokenKey(draft.id.owner, draft.token.text);
  const Keys = token === undefined ? [own] : [own, token];
  const { Responses, UnprocessedKeys = {} } = await parts.client.send(
    new BatchGetCommand({ RequestItems: { [parts.table]: { Keys, ConsistentRead: true } } }),
  );
  if (Object.keys(UnprocessedKeys).length > 0) return undefined;
  const items = Responses?.[parts.table] ?? [];
  const found = items.find(({ pk, sk }) => pk === own.pk && sk === own.sk) as ResourceItem | undefined;
  const used = items.find(({ pk, sk }) => pk === token?.pk && sk === token?.sk);
  return { found, replay: replayOf(draft, used, parts.now()) };
}

function replayOf({ token }: Draft, used: Record<string, unknown> | undefined, now: number): Resource | undefined {
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

async function existing({ client, table }: MeshStoreParts, id: ResourceId): Promise<ResourceItem> {
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: resourceKey(id), ConsistentRead: true }));
  if (Item === undefined) throw notFound(plainId(id));
  return Item as ResourceItem;
}

async function retag(parts: MeshStoreParts, id: ResourceId, change: (old: readonly Tag[]) => readonly Tag[]) {
  await untilSettled(async () => {
    const item = await existing(parts, id);
    const tags = change(item.tags);
    if (tags.length > MOST_TAGS)
      throw new TooManyTags(`${tags.length} tags would be on this resource; it may have ${MOST_TAGS}`);
    await parts.client.send(
      new UpdateCommand({
        TableName: parts.table,
        Key: resourceKey(id),
        UpdateExpression: 'SET tags = :tags, tagsVersion = :next',
        ConditionExpression: 'uid = :uid AND tagsVersion = :read',
        ExpressionAttributeValues: {
          ':tags': tags,
          ':next': item.tagsVersion + 1,
          ':uid': item.uid,
          ':read': item.tagsVersion,
        },
      }),
    );
    return true;
  });
}

const without = (tags: readonly Tag[], keys: ReadonlySet<string>): readonly Tag[] =>
  tags.filter(({ key }) => !keys.has(key));
