import { randomUUID } from 'node:crypto';
import type { Draft } from '#mesh/api/command.ts';
import { BadRequest } from '#mesh/api/errors.ts';
import { inUse } from '#mesh/api/in-use.ts';
import { overQuota } from '#mesh/api/over-quota.ts';
import type { Change, CompileCheck, Neighbours } from '#mesh/api/ports.ts';
import type { Quotas } from '#mesh/api/quotas.ts';
import type { Resource, ResourceId } from '#mesh/model/resource.ts';
import type { VirtualNodeSpec } from '#mesh/model/spec.gen.ts';
import { childKinds, resourceOf } from './mesh-store-item.ts';
import { referrers } from './mesh-store-query.ts';
import { existing, readForWrite, requireTargets } from './mesh-store-read.ts';
import {
  alreadyExists,
  countSteps,
  createStep,
  deleteStep,
  notFound,
  referenceSteps,
  tokenSteps,
  updateStep,
} from './mesh-store-steps.ts';
import { fenceStep, writerOf } from './rollout-writer.ts';
import type { Table } from './table.ts';
import type { Step } from './transact.ts';

/** What planning a write needs. */
export interface PlanParts {
  readonly table: Table;
  readonly quotas: Quotas;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly check: CompileCheck;
}

/** A write that nothing read so far refuses: what it changes, and the steps whose conditions have the last word. */
export interface PlannedWrite {
  readonly change: Change;
  readonly steps: readonly Step[];
  readonly answer: Resource;
}

/** A plan, the answer a client token already has, or `undefined`: not all could be read, try again. */
export type Plan = PlannedWrite | { readonly replay: Resource } | undefined;

/** Plans a create: version 1, under a name that is free. */
export async function planCreate(parts: PlanParts, draft: Draft): Promise<Plan> {
  const stored = await readForWrite(parts.table, draft, parts.now());
  if (stored === undefined) return undefined;
  const { found, replay, neighbours } = stored;
  if (replay !== undefined) return { replay };
  if (found !== undefined) throw alreadyExists(draft.id);
  const now = parts.now();
  const fresh = { uid: randomUUID(), version: 1, createdAt: now, lastUpdatedAt: now };
  const after: Resource = { ...draft.id, spec: draft.spec, ...fresh };
  await requireGood(parts, draft, { id: draft.id, after }, neighbours);
  const { name } = parts.table;
  const counts = countSteps(name, draft.id, 1, parts.quotas);
  const steps = [createStep(name, after, draft.tags), ...counts, ...tokenSteps(name, draft, after, now)];
  return planned(parts, { id: draft.id, after }, steps, after);
}

/** Plans an update of exactly the version that was read. */
export async function planUpdate(parts: PlanParts, draft: Draft): Promise<Plan> {
  const stored = await readForWrite(parts.table, draft, parts.now());
  if (stored === undefined) return undefined;
  const { found, replay, neighbours } = stored;
  if (replay !== undefined) return { replay };
  if (found === undefined) throw notFound(draft.id);
  const before = resourceOf(found);
  const now = parts.now();
  const after = { ...before, spec: draft.spec, version: before.version + 1, lastUpdatedAt: now };
  const change = { id: draft.id, before, after };
  await requireGood(parts, draft, change, neighbours);
  const { name } = parts.table;
  const writer = draft.id.kind === 'route' ? writerOf(draft.token?.text) : undefined;
  const fenced = writer === undefined ? [] : [fenceStep(name, before, writer)];
  const steps = [updateStep(name, before, after, writer?.rollout), ...fenced, ...tokenSteps(name, draft, after, now)];
  return planned(parts, change, steps, after);
}

/** Plans a delete of exactly the version that was read; ResourceInUse while anything names it or lives in it. */
export async function planDelete(parts: PlanParts, id: ResourceId): Promise<Plan> {
  const item = await existing(parts.table, id);
  const before = resourceOf(item);
  const sources = item.references > 0 ? await referrers(parts.table, id) : [];
  const refusal = inUse(id, { sources, children: item.children });
  if (refusal !== undefined) throw refusal;
  const { name } = parts.table;
  const steps = [deleteStep(name, before, childKinds(id.kind)), ...countSteps(name, id, -1, parts.quotas)];
  return planned(parts, { id, before }, steps, {
    ...before,
    version: before.version + 1,
    lastUpdatedAt: parts.now(),
  });
}

const planned = (parts: PlanParts, change: Change, steps: readonly Step[], answer: Resource): PlannedWrite => ({
  change,
  steps: [...steps, ...referenceSteps(parts.table.name, change)],
  answer,
});

async function requireGood(parts: PlanParts, draft: Draft, change: Change, neighbours: Neighbours): Promise<void> {
  requireTargets(draft, neighbours);
  requireBackendQuota(draft, parts.quotas);
  const reason = await parts.check(change, neighbours);
  if (reason !== undefined) throw new BadRequest(reason);
}

function requireBackendQuota({ id, spec }: Draft, quotas: Quotas): void {
  const { backends = [] } = id.kind === 'virtualNode' ? (spec as VirtualNodeSpec) : {};
  if (backends.length > quotas.backendsPerVirtualNode)
    throw overQuota('backendsPerVirtualNode', quotas, `VirtualNode ${id.name}`);
}
