import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '#aws/config.ts';
import { messageQueue } from '#aws/message-queue.ts';
import { readNotifyConfig } from '#aws/notify-config.ts';
import { secrets } from '#aws/secrets.ts';

describe('secrets', () => {
  const manager = mockClient(SecretsManagerClient);
  let now = 0;
  const read = () => secrets(manager as unknown as SecretsManagerClient, () => now);
  beforeEach(() => {
    manager.reset();
    now = 0;
  });

  test('are read once in five minutes, side by side too', async () => {
    manager.on(GetSecretValueCommand, { SecretId: 'a' }).resolves({ SecretString: 'text' });
    const secret = read();

    expect(await Promise.all([secret('a'), secret('a')])).toEqual(['text', 'text']);
    now = 299_999;
    await secret('a');
    expect(manager.calls()).toHaveLength(1);
    now = 300_000;
    await secret('a');
    expect(manager.calls()).toHaveLength(2);
  });

  test('that could not be read are asked for again', async () => {
    manager.on(GetSecretValueCommand).rejectsOnce(new Error('throttled')).resolves({ SecretString: 'text' });
    const secret = read();

    await expect(secret('a')).rejects.toThrow('throttled');
    expect(await secret('a')).toBe('text');
  });
});

test('a queue takes a body with the reason beside it, and hides what was received', async () => {
  const sqs = mockClient(SQSClient);
  const queue = messageQueue(sqs as unknown as SQSClient, 'https://sqs/q');
  await queue.send('plain');
  await queue.send('odd', 'why');
  await queue.defer('receipt', 45);

  expect(sqs.commandCalls(SendMessageCommand).map(({ args }) => args[0].input)).toEqual([
    { QueueUrl: 'https://sqs/q', MessageBody: 'plain' },
    {
      QueueUrl: 'https://sqs/q',
      MessageBody: 'odd',
      MessageAttributes: { reason: { DataType: 'String', StringValue: 'why' } },
    },
  ]);
  expect(sqs.commandCalls(ChangeMessageVisibilityCommand)[0]?.args[0].input).toEqual({
    QueueUrl: 'https://sqs/q',
    ReceiptHandle: 'receipt',
    VisibilityTimeout: 45,
  });
});

describe('the configuration of the function that tells', () => {
  const environment = { WEIR_NOTIFICATIONS: 'n', WEIR_UNDELIVERED: 'u' };

  test('keeps to public receivers unless it says otherwise', () => {
    expect(readNotifyConfig(environment)).toEqual({ notifications: 'n', undelivered: 'u', allowPrivate: false });
    expect(readNotifyConfig({ ...environment, WEIR_RECEIVERS: 'public' }).allowPrivate).toBe(false);
    expect(readNotifyConfig({ ...environment, WEIR_RECEIVERS: 'any' }).allowPrivate).toBe(true);
  });

  test('lists everything that is missing', () => {
    expect(() => readNotifyConfig({})).toThrow(ConfigError);
    expect(() => readNotifyConfig({})).toThrow('WEIR_NOTIFICATIONS is missing; WEIR_UNDELIVERED is missing');
  });
});
