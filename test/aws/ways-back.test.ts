import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { waysBack } from '#aws/ways-back.ts';

test('a way back is known by service and revision for half an hour', async () => {
  const mock = mockClient(DynamoDBDocumentClient);
  const items = new Map<string, Record<string, unknown>>();
  mock.on(PutCommand).callsFake(({ Item }) => void items.set(`${Item.pk} ${Item.sk}`, Item));
  mock.on(GetCommand).callsFake(({ Key }) => ({ Item: items.get(`${Key.pk} ${Key.sk}`) }));
  let now = 1_000_000;
  const ways = waysBack({ client: mock as unknown as DynamoDBDocumentClient, name: 'weir' }, () => now);
  await ways.mark('service/a', 'orders:1');

  expect(await ways.isMarked('service/a', 'orders:1')).toBe(true);
  expect(await ways.isMarked('service/a', 'orders:2')).toBe(false);
  expect(await ways.isMarked('service/b', 'orders:1')).toBe(false);
  now += 30 * 60_000;
  expect(await ways.isMarked('service/a', 'orders:1')).toBe(false);
});
