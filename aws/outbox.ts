import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { ResourceId } from '#mesh/model/resource.ts';
import { itemsOf } from './items-of.ts';
import { type Key, outboxKey } from './keys.ts';
import type { Table } from './table.ts';

/** A stored change whose readers have not been told. */
export interface OutboxEntry {
  readonly owner: string;
  readonly mesh: string;
  readonly id: string;
  /** Epoch milliseconds of the change. */
  readonly at: number;
  readonly changes: readonly ResourceId[];
}

/** What transactions still owe their readers. */
export interface Outbox {
  remove(owner: string, mesh: string, id: string): Promise<void>;
  /** The change, while it still waits to be published. */
  get(key: Key): Promise<OutboxEntry | undefined>;
  /** Every change of a mesh that waits. */
  list(owner: string, mesh: string): Promise<readonly OutboxEntry[]>;
}

/** The outbox in the one table. */
export function outbox(table: Table): Outbox {
  const { client, name: TableName } = table;
  return {
    async remove(owner, mesh, id) {
      await client.send(new DeleteCommand({ TableName, Key: { ...outboxKey(owner, mesh, id) } }));
    },

    async get(key) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: { ...key }, ConsistentRead: true }));
      return Item && entryIn(Item as OutboxItem);
    },

    async list(owner, mesh) {
      const items = await itemsOf(table, outboxKey(owner, mesh, '').pk);
      return (items as unknown as readonly OutboxItem[]).map(entryIn);
    },
  };
}

function entryIn({ owner, mesh, id, at, changed, before = [] }: OutboxItem): OutboxEntry {
  return { owner, mesh, id, at, changes: [...changed, ...before] };
}

/** As the mesh store writes it: what changed, and what it named before. */
interface OutboxItem extends Omit<OutboxEntry, 'changes'> {
  readonly changed: readonly ResourceId[];
  readonly before?: readonly ResourceId[];
}
