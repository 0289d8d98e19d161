import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { meshStore } from '#aws/mesh-store.ts';
import { newResourceItem } from '#aws/mesh-store-item.ts';
import { DEFAULT_QUOTAS } from '#mesh/api/quotas.ts';
import type { Resource } from '#mesh/model/resource.ts';

const id = { kind: 'virtualRouter', owner: '111122223333', mesh: 'shop', name: 'orders' } as const;
const stored: Resource = { ...id, spec: {}, uid: 'u', version: 3, createdAt: 1, lastUpdatedAt: 1 };

test('an update whose read was throttled is read again: what was not read does not pass for what is not there', async () => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
  const dynamodb = mockClient(client);
  const mesh: Resource = { ...stored, kind: 'mesh', name: 'shop' };
  const items = [stored, mesh].map((resource) => ({ ...newResourceItem(resource, []) }));
  dynamodb
    .on(BatchGetCommand)
    .resolvesOnce({ Responses: { t: [] }, UnprocessedKeys: { t: { Keys: [{ pk: 'p', sk: 's' }] } } })
    .resolves({ Responses: { t: items }, UnprocessedKeys: {} });
  dynamodb.on(TransactWriteCommand).resolves({});
  const store = meshStore({
    client,
    table: 't',
    quotas: DEFAULT_QUOTAS,
    now: () => 5,
    check: async () => undefined,
    publish: async () => {},
    preview: async () => [],
  });

  expect(await store.update({ id, spec: {}, tags: [] })).toMatchObject({ name: 'orders', version: 4 });
  expect(dynamodb.commandCalls(BatchGetCommand)).toHaveLength(2);
});
