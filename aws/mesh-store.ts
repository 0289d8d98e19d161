import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { WriteCommand } from '#mesh/api/command.ts';
import type { CompileCheck, MeshStore, Preview, Publish, Rehearsal } from '#mesh/api/ports.ts';
import type { Quotas } from '#mesh/api/quotas.ts';
import type { Resource } from '#mesh/model/resource.ts';
import { resourceOf } from './mesh-store-item.ts';
import { type Plan, type PlanParts, planCreate, planDelete, planUpdate } from './mesh-store-plan.ts';
import { listPage } from './mesh-store-query.ts';
import { existing } from './mesh-store-read.ts';
import { outboxStep } from './mesh-store-steps.ts';
import { changeTags, tagsAfter } from './mesh-store-tags.ts';
import { rehearse, transact, untilSettled } from './transact.ts';

/** What the store is wired to. */
export interface MeshStoreParts {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly quotas: Quotas;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly check: CompileCheck;
  readonly publish: Publish;
  readonly preview: Preview;
}

/**
 * The mesh store on DynamoDB. A write is one TransactWriteItems: the resource under the version that was read, its
 * back-references, a count on everything that thereby may not be deleted, its client token and one outbox item.
 * Conditions on the counts make a delete and a new reference to the same resource exclude each other (ADR 0050).
 */
export function meshStore(parts: MeshStoreParts): MeshStore {
  const table = { client: parts.client, name: parts.table };
  const plans: PlanParts = { ...parts, table };
  return {
    describe: async (id) => resourceOf(await existing(table, id)),
    create: (draft) => untilSettled(() => store(parts, planCreate(plans, draft))),
    update: (draft) => untilSettled(() => store(parts, planUpdate(plans, draft))),
    delete: (id) => untilSettled(() => store(parts, planDelete(plans, id))),
    list: (query) => listPage(table, query),
    tags: async (id) => (await existing(table, id)).tags,
    tag: (id, tags) => changeTags(table, { verb: 'tag', id, tags }),
    untag: (id, tagKeys) => changeTags(table, { verb: 'untag', id, tagKeys }),
    rehearse: (command) => untilSettled(() => rehearsal(parts, plans, command)),
  };
}

/** Writes and publishes what was planned; `undefined` when the plan's reads proved stale. */
async function store(parts: MeshStoreParts, plan: Promise<Plan>): Promise<Resource | undefined> {
  const planned = await plan;
  if (planned === undefined) return undefined;
  if ('replay' in planned) return planned.replay;
  const { change, steps, answer } = planned;
  const outboxId = randomUUID();
  const all = [...steps, outboxStep(parts.table, change, outboxId, parts.now())];
  if (!(await transact(parts.client, all))) return undefined;
  await parts.publish(change, outboxId);
  return answer;
}

/** The same up to the transaction, whose conditions are asked and which is then not made. */
async function rehearsal(
  parts: MeshStoreParts,
  plans: PlanParts,
  command: WriteCommand,
): Promise<Rehearsal | undefined> {
  if (command.verb === 'tag' || command.verb === 'untag') {
    const item = await existing(plans.table, command.id);
    tagsAfter(item, command);
    return { resource: resourceOf(item), proxies: [] };
  }
  const planned = await planOf(plans, command);
  if (planned === undefined) return undefined;
  if ('replay' in planned) return { resource: planned.replay, proxies: [] };
  if (!(await rehearse(parts.client, parts.table, planned.steps))) return undefined;
  return { resource: planned.answer, proxies: await parts.preview(planned.change) };
}

function planOf(plans: PlanParts, command: Exclude<WriteCommand, { verb: 'tag' | 'untag' }>): Promise<Plan> {
  if (command.verb === 'create') return planCreate(plans, command.draft);
  return command.verb === 'update' ? planUpdate(plans, command.draft) : planDelete(plans, command.id);
}
