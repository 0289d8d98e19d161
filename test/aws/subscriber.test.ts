import type { Context, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { PermanentError } from '#aws/permanent-error.ts';
import { queue, stream, subscriber } from '#aws/subscriber.ts';
import { busEvent } from '../support/event-world.ts';

const context = { functionName: 'f', awsRequestId: 'r', invokedFunctionArn: 'a', memoryLimitInMB: '512' } as Context;
const messages = (...bodies: readonly string[]) =>
  ({
    Records: bodies.map((body, index) => ({
      messageId: `m${index}`,
      receiptHandle: `r${index}`,
      body,
      attributes: { ApproximateReceiveCount: '2' },
    })),
  }) as SQSEvent;
const changes = (...names: readonly string[]) =>
  ({
    Records: names.map((name, index) => ({
      dynamodb: { SequenceNumber: `${index}`, Keys: { pk: { S: 'OUTBOX#a' }, sk: { S: name } } },
    })),
  }) as DynamoDBStreamEvent;

test('an event that fails for a passing reason is handled at once, before Lambda would wait a minute', async () => {
  let attempts = 0;
  const handler = subscriber(async () => {
    if (++attempts < 3) throw new Error('throttled');
  });
  await handler(busEvent('x', {}), context);

  expect(attempts).toBe(3);
});

test('an event that keeps failing is for Lambda to try again, as it was thrown', async () => {
  let attempts = 0;
  const handler = subscriber(async () => {
    attempts++;
    throw new TypeError('not now');
  }, 2);

  await expect(handler(busEvent('x', {}), context)).rejects.toThrow(new TypeError('not now'));
  expect(attempts).toBe(2);
});

test('an event that nobody can read is not tried again at once', async () => {
  let attempts = 0;
  const handler = subscriber(async () => {
    attempts++;
    throw new PermanentError('nonsense');
  });

  await expect(handler(busEvent('x', {}), context)).rejects.toThrow('nonsense');
  expect(attempts).toBe(1);
});

test('a queue has exactly the messages delivered again that were asked for', async () => {
  const handler = queue(async (received) => received.filter(({ body }) => body === 'bad').map(({ id }) => id));

  expect(await handler(messages('good', 'bad', 'good'), context)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'm1' }],
  });
});

test('a stream is handled in order and read again from the first that failed', async () => {
  const seen: string[] = [];
  const handler = stream(async ({ pk, sk }) => {
    seen.push(`${pk} ${sk}`);
    if (sk === 'b') throw new Error('not now');
  });
  const answer = await handler(changes('a', 'b', 'c'), context);

  expect(seen).toEqual(['OUTBOX#a a', 'OUTBOX#a b']);
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
});

test('a stream that was handled whole is not read again', async () => {
  expect(await stream(async () => {})(changes('a'), context)).toEqual({ batchItemFailures: [] });
});
