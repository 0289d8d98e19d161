import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { WaysBack } from '#rollouts/ports.ts';
import { wayBackKey } from './keys.ts';
import type { Table } from './table.ts';

/** ECS tells of a deployment within seconds; half an hour covers a bus that is late. */
const COUNTS_MS = 30 * 60_000;

/** Ways back in the one table: one for each service, gone by itself. */
export function waysBack({ client, name: TableName }: Table, now: () => number): WaysBack {
  return {
    async mark(service, taskDefinition) {
      const until = now() + COUNTS_MS;
      const Item = { ...wayBackKey(service), taskDefinition, until, ttl: Math.ceil(until / 1000) };
      await client.send(new PutCommand({ TableName, Item }));
    },

    async isMarked(service, taskDefinition) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: wayBackKey(service), ConsistentRead: true }));
      return Item?.['taskDefinition'] === taskDefinition && Number(Item['until']) > now();
    },
  };
}
