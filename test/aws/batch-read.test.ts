import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { batchRead } from '#aws/batch-read.ts';

const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
const dynamodb = mockClient(client);
const table = { client, name: 't' };
const keys = (count: number) => Array.from({ length: count }, (_, i) => ({ pk: 'p', sk: String(i) }));
beforeEach(() => dynamodb.reset());

/** DynamoDB that answers `most` keys of a request and leaves the others. */
function answerAtMost(most: number): void {
  dynamodb.on(BatchGetCommand).callsFake(({ RequestItems }) => {
    const asked = RequestItems['t'].Keys;
    const left = asked.slice(most);
    return {
      Responses: { t: asked.slice(0, most) },
      UnprocessedKeys: left.length === 0 ? {} : { t: { Keys: left } },
    };
  });
}

test('no key is no request, and a key named twice is asked for once', async () => {
  answerAtMost(100);

  expect(await batchRead(table, [])).toEqual([]);
  expect(dynamodb.commandCalls(BatchGetCommand)).toHaveLength(0);
  expect(await batchRead(table, [...keys(2), ...keys(2)])).toEqual(keys(2));
  expect(dynamodb.commandCalls(BatchGetCommand)).toHaveLength(1);
});

test('more keys than one request may have are read in several', async () => {
  answerAtMost(100);

  expect(await batchRead(table, keys(250))).toEqual(keys(250));
  expect(dynamodb.commandCalls(BatchGetCommand)).toHaveLength(3);
});

test('what one answer had no room for is asked for again', async () => {
  answerAtMost(40);

  expect(await batchRead(table, keys(100))).toEqual(keys(100));
});

test('keys that DynamoDB left out are not taken for absent items', async () => {
  answerAtMost(0);

  expect(await batchRead(table, keys(1))).toBeUndefined();
});
