import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { HookFact, Rollout } from '#rollouts/rollout.ts';
import type { HistoryEntry } from '#rollouts/types.ts';
import { hookKey, rolloutKey, rolloutPartition } from './keys.ts';
import type { Table } from './table.ts';

/** A rollout as it lies in the table. */
export type RolloutItem = Rollout & {
  /** Proxy partitions that hold a wait of this rollout. */
  readonly watching?: ReadonlySet<string>;
  /** Epoch seconds after which the table may forget it: of a repair, and of what has ended. */
  readonly ttl?: number;
};

/** Reads a rollout and the hook that may have come before it, consistently. */
export async function readRolloutItem(
  { client, name: TableName }: Table,
  id: string,
): Promise<{ readonly rollout?: RolloutItem; readonly hook?: HookFact }> {
  const [hookSort, rolloutSort] = [hookKey(id).sk, rolloutKey(id).sk];
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': rolloutPartition(id), ':from': hookSort, ':to': rolloutSort },
    }),
  );
  const rollout = Items.find(({ sk }) => sk === rolloutSort);
  const hook = Items.find(({ sk }) => sk === hookSort);
  return { ...(rollout && { rollout: rollout as RolloutItem }), ...(hook && { hook: hook['fact'] as HookFact }) };
}

/** The rollout in an item, with the hook's fact among its own. */
export function rolloutOf({ rollout, hook }: Awaited<ReturnType<typeof readRolloutItem>>): Rollout | undefined {
  if (rollout === undefined) return undefined;
  const { pk, sk, ipk, isk, watching, ttl, ...rest } = rollout as RolloutItem & Record<string, unknown>;
  const stored = rest as unknown as Rollout;
  return hook === undefined ? stored : { ...stored, facts: { ...stored.facts, hook } };
}

/** What one update of a rollout sets, adds and asks for. */
export interface RolloutUpdate {
  /** Attribute → value; undefined ones are left as they are. */
  readonly set: Readonly<Record<string, unknown>>;
  readonly condition?: string;
  readonly remove?: readonly string[];
  readonly watching?: ReadonlySet<string>;
  /** A line to add to the history. */
  readonly entry?: HistoryEntry;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Expressions of an update; without a condition of its own the rollout must exist. */
export function updateOf({ set, condition, remove = [], watching, entry, names, values }: RolloutUpdate) {
  const entries = Object.entries(set).filter(([, value]) => value !== undefined);
  const sets = entries.map(([name]) => `#${name} = :${name}`);
  if (entry !== undefined) sets.push('history = list_append(if_not_exists(history, :none), :entry)');
  const clauses = [`SET ${sets.join(', ')}`];
  if (remove.length > 0) clauses.push(`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`);
  if (watching !== undefined) clauses.push('ADD watching :watching');
  const named = [...entries.map(([name]) => name), ...remove];
  return {
    UpdateExpression: clauses.join(' '),
    ConditionExpression: condition ?? 'attribute_exists(pk)',
    ExpressionAttributeNames: { ...Object.fromEntries(named.map((name) => [`#${name}`, name])), ...names },
    ExpressionAttributeValues: {
      ...Object.fromEntries(entries.map(([name, value]) => [`:${name}`, value])),
      ...(watching === undefined ? {} : { ':watching': watching }),
      ...(entry === undefined ? {} : { ':entry': [entry], ':none': [] }),
      ...values,
    },
  };
}

/** Updates a rollout that exists. */
export async function updateRollout({ client, name: TableName }: Table, id: string, update: RolloutUpdate) {
  await client.send(new UpdateCommand({ TableName, Key: rolloutKey(id), ...updateOf(update) }));
}
