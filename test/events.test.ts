import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { announcer, refusalAnnouncer } from '#aws/announcer.ts';
import { defaultEvents } from '#rollouts/notification.ts';
import { rolloutEventNames, rolloutEvents } from '#rollouts/rollout-events.ts';
import { breaches, type JsonSchema } from './support/json-schema.ts';
import { node, rollout } from './support/rollout.ts';

const read = (file: string): string => readFileSync(join(import.meta.dirname, '..', file), 'utf8');
const schema = JSON.parse(read('docs/events/rollout.schema.json')) as JsonSchema;
const page = read('docs/events.md');

const step = { weight: 5, appliedAt: 1, requiredSidecars: 2, ackedSidecars: 2, lastAckAt: 2 };
const full = rollout({
  status: 'rolledBack',
  phase: 'finished',
  steps: [step],
  stragglers: ['task'],
  endedAt: 9,
  zeroAckedAt: 8,
  actor: 'arn:aws:iam::111122223333:user/me',
  facts: { verdict: { kind: 'verdict', at: 5, reason: 'bad' } },
});
const secret = { kind: 'slack', url: 'https://hooks.slack.com/services/secret' } as const;

/** The entry that an announcement puts on the bus. */
async function published(of: typeof full) {
  const client = new EventBridgeClient({ region: 'us-east-1' });
  const mock = mockClient(client)
    .on(PutEventsCommand)
    .resolves({ Entries: [{ EventId: 'e' }] });
  await announcer(client, { error: () => {} }).announce('Rollout Rolled Back', of);
  return mock.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries?.[0];
}

test.each([
  ['at its start', rollout()],
  ['at its end', full],
])('the event of a rollout %s is what the documented schema says', async (_, of) => {
  const entry = await published(of);

  expect(entry).toMatchObject({ Source: 'weir', DetailType: 'Rollout Rolled Back', Resources: [of.service] });
  expect(breaches(schema, JSON.parse(entry?.Detail ?? ''))).toEqual([]);
});

test('the event of a refusal is what the documented schema says', async () => {
  const client = new EventBridgeClient({ region: 'us-east-1' });
  const mock = mockClient(client)
    .on(PutEventsCommand)
    .resolves({ Entries: [{ EventId: 'e' }] });
  const refusal = { proxy: node(), task: 'abc', rev: 7, type: 'Listener', text: 'unable to open file' };
  await refusalAnnouncer(client, { error: () => {} })(refusal);
  const entry = mock.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries?.[0];
  const refused = JSON.parse(read('docs/events/refusal.schema.json')) as JsonSchema;

  expect(entry).toMatchObject({ Source: 'weir', DetailType: 'Configuration Refused' });
  expect(breaches(refused, JSON.parse(entry?.Detail ?? ''))).toEqual([]);
});

test('no event tells where its notifications go', async () => {
  const entry = await published({ ...full, policy: { ...full.policy, notifications: [secret] } });

  expect(entry?.Detail).not.toContain('hooks.slack.com');
});

test('the check of the schema can fail', () => {
  expect(breaches(schema, { id: 1, weight: 101, steps: [{}], more: true })).toEqual(
    expect.arrayContaining([
      '$.service is missing',
      '$.id is no string',
      '$.weight is 101',
      '$.steps[0].weight is missing',
      '$.more is not described',
    ]),
  );
});

test('the page lists every event by its name and detail type, and which of them are told by default', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| ([^|]+) \| (yes)? *\|/gm)].map(([, name, type, told]) => [
    name,
    type?.trim(),
    told,
  ]);

  expect(rows).toEqual(
    rolloutEventNames.map((name) => [name, rolloutEvents[name], defaultEvents.includes(name) ? 'yes' : undefined]),
  );
});
