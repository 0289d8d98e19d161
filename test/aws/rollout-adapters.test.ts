import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  ExecutionAlreadyExists,
  InvalidToken,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { alarms } from '#aws/alarms.ts';
import { announcer } from '#aws/announcer.ts';
import { callbacks } from '#aws/callbacks.ts';
import { executions } from '#aws/executions.ts';
import { alarmTrouble } from '#rollouts/alarm-trouble.ts';
import { rollout } from '../support/rollout.ts';

const cloudWatch = mockClient(CloudWatchClient);
const bus = mockClient(EventBridgeClient);
const stepFunctions = mockClient(SFNClient);
beforeEach(() => {
  for (const mock of [cloudWatch, bus, stepFunctions]) mock.reset();
});

const refused = { message: 'refused', $metadata: {} };
const named = (name: string) => Object.assign(new Error(name), { name });

describe('alarms', () => {
  test('are asked for by name, a hundred at a time, composite ones too', async () => {
    const names = Array.from({ length: 130 }, (_, i) => `a${i}`);
    cloudWatch
      .on(DescribeAlarmsCommand)
      .resolvesOnce({ MetricAlarms: [{ AlarmName: 'a1', StateReason: 'high', StateValue: 'ALARM' }] })
      .resolvesOnce({ CompositeAlarms: [{ AlarmName: 'a120', StateReason: 'both', StateValue: 'OK' }] });

    expect(await alarms(new CloudWatchClient({})).of(names)).toEqual([
      { name: 'a1', isFiring: true, reason: 'high' },
      { name: 'a120', isFiring: false, reason: 'both' },
    ]);
    const [first] = cloudWatch.commandCalls(DescribeAlarmsCommand);
    expect(first?.args[0].input).toMatchObject({ MaxRecords: 100, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
    expect(first?.args[0].input.AlarmNames).toHaveLength(100);
  });

  test('that nobody watches are not asked for', async () => {
    const port = alarms(new CloudWatchClient({}));

    expect(await alarmTrouble(port, { alarms: [] })).toBeUndefined();
    expect(cloudWatch.commandCalls(DescribeAlarmsCommand)).toHaveLength(0);
  });

  test('are said in one sentence', async () => {
    const port = {
      of: async (names: readonly string[]) =>
        [
          { name: '5xx', isFiring: true, reason: 'too many.' },
          { name: 'slow', isFiring: true, reason: 'x' },
          { name: 'quiet', isFiring: false, reason: 'y' },
        ].filter(({ name }) => names.includes(name)),
    };

    expect(await alarmTrouble(port, { alarms: ['5xx', 'slow', 'quiet'] })).toEqual({
      kind: 'firing',
      reason: 'Alarm 5xx is in ALARM (and 1 more): too many.',
    });
    expect(await alarmTrouble(port, { alarms: ['quiet'] })).toBeUndefined();
    expect(await alarmTrouble(port, { alarms: ['5xx', 'typo'] })).toMatchObject({ kind: 'missing' });
  });
});

describe('announcements', () => {
  test('go to the bus under source weir, without what is inner to a rollout', async () => {
    bus.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'e' }] });

    await announcer(new EventBridgeClient({}), { error: () => {} }).announce(
      'Rollout Promoted',
      rollout({ fence: 77 }),
    );

    const [entry] = bus.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries ?? [];
    expect(entry).toMatchObject({ Source: 'weir', DetailType: 'Rollout Promoted', Resources: [rollout().service] });
    expect(JSON.parse(entry?.Detail ?? '')).toMatchObject({ id: 'dep-2', mesh: 'shop', virtualNode: 'orders' });
    expect(entry?.Detail).not.toMatch(/fence|facts|wait/);
  });

  test('that the bus does not take are logged and let go: no release fails for them', async () => {
    const logged: unknown[] = [];
    const port = announcer(new EventBridgeClient({}), {
      error: (message, fields) => void logged.push([message, fields]),
    });
    bus
      .on(PutEventsCommand)
      .resolvesOnce({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'Throttled', ErrorMessage: 'slow' }] })
      .rejects(named('InternalException'));

    await port.announce('Rollout Started', rollout());
    await port.announce('Rollout Promoted', rollout());

    expect(logged).toMatchObject([
      ['not announced', { announcement: 'Rollout Started', rollout: 'dep-2', error: { message: 'Throttled: slow' } }],
      ['not announced', { announcement: 'Rollout Promoted', error: { name: 'InternalException' } }],
    ]);
  });
});

describe('task tokens', () => {
  const outcome = { kind: 'acked', reason: 'all', wait: 'acks', seconds: 1, weight: 0 } as const;

  test('are answered with the outcome as the task’s output', async () => {
    await callbacks(new SFNClient({})).succeed('t', outcome);

    expect(stepFunctions.commandCalls(SendTaskSuccessCommand)[0]?.args[0].input).toEqual({
      taskToken: 't',
      output: JSON.stringify(outcome),
    });
  });

  test.each([TaskTimedOut, TaskDoesNotExist, InvalidToken])('that were used are no error: %o', async (Refusal) => {
    stepFunctions.on(SendTaskSuccessCommand).rejects(new Refusal(refused));

    await expect(callbacks(new SFNClient({})).succeed('t', outcome)).resolves.toBeUndefined();
  });

  test('let every other error through', async () => {
    stepFunctions.on(SendTaskSuccessCommand).rejects(named('AccessDeniedException'));

    await expect(callbacks(new SFNClient({})).succeed('t', outcome)).rejects.toThrow('AccessDeniedException');
  });
});

describe('executions', () => {
  const port = executions(new SFNClient({}), { canaryArn: 'canary', healArn: 'heal' });

  test('are named after the rollout, so that each starts once', async () => {
    stepFunctions.on(StartExecutionCommand).resolvesOnce({}).rejects(new ExecutionAlreadyExists(refused));

    await port.startCanary('dep-2');
    await port.startCanary('dep-2');

    expect(stepFunctions.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
      stateMachineArn: 'canary',
      name: 'dep-2',
      input: '{"rolloutId":"dep-2","step":{"next":0,"weight":null,"check":"nothing"}}',
    });
  });
});
