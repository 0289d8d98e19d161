import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Intent, Intents } from '#rollouts/policy-ports.ts';
import { isWritten } from './is-written.ts';
import { intentKey } from './keys.ts';
import type { Table } from './table.ts';

/** An event that names the deployment comes within a day or never. */
const KEPT_SECONDS = 24 * 3600;

/** Whoever claimed and has no deployment by then has died on the way: a request lasts 30 s at most. */
const CLAIMED_MS = 60_000;

/** What Weir last asked ECS for, by service, in the one table. */
export function intentStore({ client, name: TableName }: Table): Intents {
  return {
    claim(service, intent) {
      const ttl = Math.floor(intent.at / 1000) + KEPT_SECONDS;
      return isWritten(
        client.send(
          new PutCommand({
            TableName,
            Item: { ...intentKey(service), intent, ttl },
            ConditionExpression: 'attribute_not_exists(pk) OR #intent.retryOf <> :same OR #intent.#at < :stale',
            ExpressionAttributeNames: { '#intent': 'intent', '#at': 'at' },
            ExpressionAttributeValues: { ':same': intent.retryOf, ':stale': intent.at - CLAIMED_MS },
          }),
        ),
      );
    },
    async get(service) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: intentKey(service), ConsistentRead: true }));
      return Item?.['intent'] as Intent | undefined;
    },
  };
}
