import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test, vi } from 'vitest';
import { type Step, transact, untilSettled } from '#aws/transact.ts';
import { Conflict } from '#mesh/api/errors.ts';

const dynamodb = mockClient(DynamoDBDocumentClient);
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'eu-west-1' }));
const stale: Step = { item: {}, refused: () => 'stale' };
const refusing: Step = { item: {}, refused: (exists) => new Conflict(exists ? 'there' : 'missing') };
const cancelled = (...CancellationReasons: object[]) =>
  new TransactionCanceledException({ message: 'no', $metadata: {}, CancellationReasons });
const none = { Code: 'None' };
const failed = { Code: 'ConditionalCheckFailed' };

beforeEach(() => dynamodb.reset());

test('a transaction that went through is done', async () => {
  dynamodb.on(TransactWriteCommand).resolves({});

  expect(await transact(client, [stale, refusing])).toBe(true);
});

test.each([
  ['what was read is stale', [failed, none]],
  ['another transaction was in the way', [none, { Code: 'TransactionConflict' }]],
  ['the table is busy', [{ Code: 'ThrottlingError' }, none]],
])('when %s, it is to be tried again', async (_, reasons) => {
  dynamodb.on(TransactWriteCommand).rejects(cancelled(...reasons));

  expect(await transact(client, [stale, refusing])).toBe(false);
});

test('a condition that means a refusal is that refusal, and knows whether the item was there', async () => {
  dynamodb.on(TransactWriteCommand).rejects(cancelled(none, failed));
  await expect(transact(client, [stale, refusing])).rejects.toThrow('missing');

  dynamodb.on(TransactWriteCommand).rejects(cancelled(none, { ...failed, Item: { pk: { S: 'x' } } }));
  await expect(transact(client, [stale, refusing])).rejects.toThrow('there');
});

test('a defect of ours is neither tried again nor dressed up', async () => {
  dynamodb.on(TransactWriteCommand).rejects(cancelled({ Code: 'ValidationError' }, none));
  await expect(transact(client, [stale, refusing])).rejects.toThrow(TransactionCanceledException);

  dynamodb.on(TransactWriteCommand).rejects(new Error('no network'));
  await expect(transact(client, [stale])).rejects.toThrow('no network');
});

test('more steps than DynamoDB takes never reach it', async () => {
  await expect(
    transact(
      client,
      Array.from({ length: 101 }, () => stale),
    ),
  ).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: expect.stringContaining('101'),
  });
  expect(dynamodb.calls()).toHaveLength(0);
});

test('a writer among others tries again and answers, or says in the end that it had no turn', async () => {
  vi.useFakeTimers();
  let tries = 0;
  const third = untilSettled(async () => (++tries < 3 ? undefined : 'done'));
  await vi.runAllTimersAsync();
  expect(await third).toBe('done');

  const conflict = Object.assign(new Error('busy'), { name: 'TransactionConflictException' });
  const never = untilSettled(() => Promise.reject(conflict)).catch((error: Error) => error.name);
  await vi.runAllTimersAsync();
  expect(await never).toBe('TooManyRequestsException');
  vi.useRealTimers();

  await expect(untilSettled(() => Promise.reject(new TypeError('x is undefined')))).rejects.toThrow(TypeError);
});
