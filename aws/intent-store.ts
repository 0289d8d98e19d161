import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Intent, Intents } from '#rollouts/policy-ports.ts';
import { intentKey } from './keys.ts';
import type { Table } from './table.ts';

/** An event that names the deployment comes within a day or never. */
const KEPT_SECONDS = 24 * 3600;

/** What Weir last asked ECS for, by service, in the one table. */
export function intentStore({ client, name: TableName }: Table): Intents {
  return {
    async put(service, intent) {
      const ttl = Math.floor(intent.at / 1000) + KEPT_SECONDS;
      await client.send(new PutCommand({ TableName, Item: { ...intentKey(service), intent, ttl } }));
    },
    async get(service) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: intentKey(service), ConsistentRead: true }));
      return Item?.['intent'] as Intent | undefined;
    },
  };
}
