import { createHmac } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { announcer } from '#aws/announcer.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import type { Notification } from '#rollouts/notification.ts';
import { defaultPolicy } from '#rollouts/policy.ts';
import { type Platform, startPlatform } from '../../local/platform.ts';
import { rollout } from '../support/rollout.ts';

const KEY = 'a signing key of an operator';
const received: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
/** Answers still to be given by path; after them 200. */
const answers: Record<string, number[]> = { '/busy': [503], '/gone': Array(99).fill(404) };
const receiver = createServer((request, response) => {
  const path = request.url ?? '';
  void text(request).then((body) => {
    received.push({ path, headers: request.headers, body });
    response.writeHead(answers[path]?.shift() ?? 200).end();
  });
});
let base = '';
let platform: Platform;
let client: { endpoint: string; region: string; credentials: Platform['iam'] };

beforeAll(async () => {
  process.env['WEIR_RUN_FILE'] = join(mkdtempSync(join(tmpdir(), 'weir-notify-')), 'run.json');
  receiver.listen(0, '127.0.0.1');
  platform = await startPlatform();
  base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  client = { endpoint: platform.urls.aws, region: platform.region, credentials: platform.iam };
});
afterAll(async () => {
  receiver.close();
  await platform?.stop();
});

async function secret(name: string, value: object): Promise<string> {
  const command = new CreateSecretCommand({ Name: `weir/${name}`, SecretString: JSON.stringify(value) });
  return (await new SecretsManagerClient(client).send(command)).ARN ?? '';
}

/** A rollout with these receivers is rolled back, for all the bus knows. */
async function announce(id: string, notifications: readonly Notification[]): Promise<void> {
  const document = DynamoDBDocumentClient.from(new DynamoDBClient(client));
  const ended = rollout({ id, policy: { ...defaultPolicy, notifications }, status: 'rolledBack', endedAt: 2_000_000 });
  await rolloutStore({ client: document, name: platform.outputs['TableName'] ?? '' }).create(ended);
  const failed: unknown[] = [];
  const log = { error: (message: string, fields?: unknown) => void failed.push([message, fields]) };
  await announcer(new EventBridgeClient(client), log).announce('Rollout Rolled Back', ended);
  expect(failed).toEqual([]);
}

const at = (path: string) => received.filter((request) => request.path === path);

test('a webhook, a Slack and a Teams channel are told of a rollback, each once, though one is busy at first', async () => {
  await announce('dep-1', [
    { kind: 'webhook', secretArn: await secret('hook', { url: `${base}/busy`, signingKey: KEY }) },
    { kind: 'slack', secretArn: await secret('slack', { url: `${base}/slack` }) },
    { kind: 'teams', secretArn: await secret('teams', { url: `${base}/teams` }) },
    { kind: 'slack', secretArn: await secret('quiet', { url: `${base}/quiet` }), on: ['promoted'] },
  ]);
  await expect.poll(() => at('/busy').length, { timeout: 60_000 }).toBe(2);
  await expect.poll(() => [at('/slack').length, at('/teams').length], { timeout: 10_000 }).toEqual([1, 1]);

  const [first, second] = at('/busy');
  expect(second?.headers['weir-delivery']).toBe(first?.headers['weir-delivery']);
  const signed = `${second?.headers['weir-timestamp']}.${second?.body}`;
  expect(second?.headers['weir-signature']).toBe(`v1=${createHmac('sha256', KEY).update(signed).digest('hex')}`);
  expect(JSON.parse(second?.body ?? '')).toMatchObject({ event: 'rolledBack', rollout: { id: 'dep-1' } });
  expect(JSON.parse(at('/slack')[0]?.body ?? '')).toHaveProperty('blocks');
  expect(JSON.parse(at('/teams')[0]?.body ?? '')).toHaveProperty('attachments');
  expect(at('/quiet')).toEqual([]);
});

test('what a receiver refuses for good is laid aside with the reason, and without its URL', async () => {
  await announce('dep-2', [{ kind: 'slack', secretArn: await secret('gone', { url: `${base}/gone` }) }]);
  const QueueUrl = platform.outputs['UndeliveredNotificationsUrl'];
  const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1, MessageAttributeNames: ['All'] });
  const found: Message[] = [];
  const sqs = new SQSClient(client);
  await expect
    .poll(async () => found.push(...((await sqs.send(receive)).Messages ?? [])), { timeout: 30_000 })
    .toBeGreaterThan(0);

  expect(found[0]?.MessageAttributes?.['reason']?.StringValue).toMatch(/^127\.0\.0\.1:\d+ answered 404$/);
  expect(found[0]?.Body).toContain('dep-2');
  expect(found[0]?.Body).not.toContain('/gone');
  expect(at('/gone')).toHaveLength(1);
});
