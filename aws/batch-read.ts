import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { inParallel } from './in-parallel.ts';
import type { Item } from './items-of.ts';
import type { Key } from './keys.ts';
import type { Table } from './table.ts';

/** Keys in one BatchGetItem: DynamoDB's own limit. */
const MOST_KEYS = 100;
/** Answers to one batch: 100 items of at most 400 KB come in three pages of 16 MB. */
const MOST_ANSWERS = 4;
const BATCHES_AT_ONCE = 4;

/**
 * The items of these keys by consistent reads, one request for each hundred; a key without an item has none. `undefined` when
 * DynamoDB, throttled, left keys out: what was not read must not pass for what is not there.
 */
export async function batchRead(table: Table, keys: readonly Key[]): Promise<readonly Item[] | undefined> {
  const distinct = [...new Map(keys.map(({ pk, sk }) => [`${pk}\n${sk}`, { pk, sk }])).values()];
  const batches = Array.from({ length: Math.ceil(distinct.length / MOST_KEYS) }, (_, i) =>
    distinct.slice(i * MOST_KEYS, (i + 1) * MOST_KEYS),
  );
  const read = await inParallel(batches, BATCHES_AT_ONCE, (batch) => readBatch(table, batch));
  return read.includes(undefined) ? undefined : read.flatMap((items) => items ?? []);
}

async function readBatch({ client, name }: Table, batch: readonly Key[]): Promise<readonly Item[] | undefined> {
  const items: Item[] = [];
  let left = batch.map((key): Record<string, unknown> => ({ ...key }));
  for (let answers = 0; answers < MOST_ANSWERS; answers++) {
    const command = new BatchGetCommand({ RequestItems: { [name]: { Keys: left, ConsistentRead: true } } });
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(command);
    const found = Responses[name] ?? [];
    items.push(...found);
    left = UnprocessedKeys[name]?.Keys ?? [];
    if (left.length === 0) return items;
    if (found.length === 0) return undefined;
  }
  return undefined;
}
