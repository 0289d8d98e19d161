import { readFileSync } from 'node:fs';
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Credentials } from '../../local/ministack.ts';
import { eventually, type FixtureStack, startFixtureStack } from './fixture-stack.ts';

/** Every correction of local/ministack/corrections, by the name WEIR_UNPATCHED takes. */
const CORRECTIONS = [
  'event-sources',
  'event-conditions',
  'alarms',
  'policy-variables',
  'secure-transport',
  'callback-failures',
  'callback-permissions',
  'heartbeats',
  'time-paths',
  'worker-limit',
];

let corrected: FixtureStack;
let bare: FixtureStack;
beforeAll(async () => {
  [corrected, bare] = await Promise.all([startFixtureStack(), startFixtureStack(CORRECTIONS)]);
});
afterAll(async () => {
  await Promise.all([corrected?.stop(), bare?.stop()]);
});

/** What the corrected and the bare MiniStack each do, observed at the same time. */
async function both<Observed>(observe: (stack: FixtureStack) => Promise<Observed>): Promise<[Observed, Observed]> {
  return await Promise.all([observe(corrected), observe(bare)]);
}

test('the tests below cover every correction there is', () => {
  const source = readFileSync(new URL('../../local/ministack/corrections/__init__.py', import.meta.url), 'utf8');
  const listed = source.slice(source.indexOf('ALL = (')).match(/^ {4}[A-Z_]+,$/gm) ?? [];
  expect(listed).toHaveLength(CORRECTIONS.length);
});

describe('events of AWS services', () => {
  const publish = async (stack: FixtureStack, credentials: Credentials) => {
    const events = new EventBridgeClient({ ...stack.aws, credentials });
    const entry = { Source: 'aws.ecs', DetailType: 'ECS Task State Change', Detail: '{}' };
    const { Entries } = await events.send(new PutEventsCommand({ Entries: [entry] }));
    return Entries?.[0]?.ErrorCode;
  };

  test('can be published by the platform', async () => {
    expect(await both((stack) => publish(stack, stack.aws.credentials))).toEqual([
      undefined,
      'NotAuthorizedForSourceException',
    ]);
  });

  test('cannot be published by a role, as on AWS', async () => {
    const role = await assumeTestRole(corrected, 'publisher', async (iam, RoleName) => {
      const PolicyDocument = document({ Effect: 'Allow', Action: 'events:PutEvents', Resource: '*' });
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'publish', PolicyDocument }));
    });
    expect(await publish(corrected, role)).toBe('NotAuthorizedForSourceException');
  });
});

test('a policy may say which source a role can publish as', async () => {
  const answers = await both(async (stack) => {
    const role = await assumeTestRole(stack, 'announcer', async (iam, RoleName) => {
      const Condition = { StringEquals: { 'events:source': 'weir' } };
      const PolicyDocument = document({ Effect: 'Allow', Action: 'events:PutEvents', Resource: '*', Condition });
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'announce', PolicyDocument }));
    });
    const client = new EventBridgeClient({ ...stack.aws, credentials: role });
    const publish = (...sources: string[]) => {
      const Entries = sources.map((Source) => ({ Source, DetailType: 'Rollout Started', Detail: '{}' }));
      return nameOfRefusal(client.send(new PutEventsCommand({ Entries })));
    };
    return [await publish('weir', 'weir'), await publish('other'), await publish('weir', 'other')];
  });
  const refused = 'AccessDeniedException';
  expect(answers).toEqual([
    ['none', refused, refused],
    [refused, refused, refused],
  ]);
});

test('who may answer a task token is decided by its state machine', async () => {
  const answers = await both(async (stack) => {
    const arn = stack.outputs['MachineArn'] ?? '';
    const send = (name: string, Resource: string) => answerToken(stack, name, Resource);
    return [await send('waker', arn), await send('stranger', arn.replace('fixture-machine', 'other-machine'))];
  });
  expect(answers).toEqual([
    ['none', 'AccessDeniedException'],
    ['AccessDeniedException', 'AccessDeniedException'],
  ]);
});

test('a metric of another dimension does not move an alarm', async () => {
  const states = await both(async ({ aws, outputs }) => {
    const client = new CloudWatchClient(aws);
    const metric = { MetricName: 'Errors', Dimensions: [{ Name: 'Mesh', Value: 'not shop' }], Value: 100 };
    await client.send(new PutMetricDataCommand({ Namespace: 'Weir', MetricData: [metric] }));
    const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ AlarmNames: [outputs['AlarmName'] ?? ''] }));
    return MetricAlarms?.[0]?.StateValue;
  });
  expect(states).toEqual(['INSUFFICIENT_DATA', 'ALARM']);
});

test('policy variables in resources stand for the tags of the role', async () => {
  const answers = await both(async (stack) => {
    const task = await assumeTestRole(stack, 'task', async (iam, RoleName) => {
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: stack.outputs['ProxyPolicyArn'] }));
    });
    return [await read(stack, task, 'snap/a/shop/vn/orders/x'), await read(stack, task, 'snap/a/shop/vn/payments/x')];
  });
  expect(answers).toEqual([
    ['NoSuchKey', 'AccessDenied'],
    ['AccessDenied', 'AccessDenied'],
  ]);
});

test('a bucket policy that demands TLS lets loopback in', async () => {
  const answers = await both(async (stack) => {
    const reader = await assumeTestRole(stack, 'reader', async (iam, RoleName) => {
      const PolicyDocument = document({ Effect: 'Allow', Action: 's3:*', Resource: '*' });
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'read', PolicyDocument }));
    });
    return await read(stack, reader, 'tls/x');
  });
  expect(answers).toEqual(['NoSuchKey', 'AccessDenied']);
});

test('a callback task whose function fails, fails with that error and not by its timeout', async () => {
  expect(await both((stack) => caughtBy(stack, { case: 'callbackFailure' }))).toEqual(['LockHeld', 'States.Timeout']);
});

test('a callback task that misses its heartbeat fails with States.HeartbeatTimeout', async () => {
  expect(await both((stack) => caughtBy(stack, { case: 'heartbeat' }))).toEqual([
    'States.HeartbeatTimeout',
    'States.Timeout',
  ]);
});

test('TimeoutSecondsPath ends a task', async () => {
  const client = new SFNClient(bare.aws);
  const { executionArn } = await client.send(
    new StartExecutionCommand({
      stateMachineArn: bare.outputs['MachineArn'],
      input: '{"case":"timePath","seconds":1}',
    }),
  );
  // The corrected one gets twice its time, after which the bare one still waits.
  expect(await caughtBy(corrected, { case: 'timePath', seconds: 1 })).toBe('States.Timeout');
  expect(await caughtBy(corrected, { case: 'timePath', seconds: 1 })).toBe('States.Timeout');
  expect((await client.send(new DescribeExecutionCommand({ executionArn }))).status).toBe('RUNNING');
  await client.send(new StopExecutionCommand({ executionArn }));
});

test('a burst of invocations shares two processes of a function', async () => {
  const processes = await both(async ({ aws, outputs }) => {
    const client = new LambdaClient(aws);
    const Payload = JSON.stringify({ holdMs: 300 });
    const invoke = () => client.send(new InvokeCommand({ FunctionName: outputs['RecordName'], Payload }));
    const answers = await Promise.all(Array.from({ length: 6 }, invoke));
    return new Set(answers.map((answer) => JSON.parse(answer.Payload?.transformToString() ?? '').environment.process))
      .size;
  });
  expect(processes[0]).toBe(2);
  expect(processes[1]).toBeGreaterThan(2);
});

test('TimeoutSecondsPath must select a positive integer', async () => {
  expect(await caughtBy(corrected, { case: 'timePath', seconds: 'soon' })).toBe('States.Runtime');
});

/** Has a role that may SendTaskSuccess on one state machine answer the token of a waiting execution. */
async function answerToken(stack: FixtureStack, RoleName: string, Resource: string): Promise<string> {
  const role = await assumeTestRole(stack, RoleName, async (iam) => {
    const PolicyDocument = document({ Effect: 'Allow', Action: 'states:SendTaskSuccess', Resource });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'wake', PolicyDocument }));
  });
  const before = stack.records().length;
  const sfn = new SFNClient(stack.aws);
  const { executionArn } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn: stack.outputs['MachineArn'], input: '{"case":"callback"}' }),
  );
  const { token } = await eventually('the token', () =>
    stack
      .records()
      .slice(before)
      .find((event) => 'token' in event),
  );
  const asRole = new SFNClient({ ...stack.aws, credentials: role });
  const answer = await nameOfRefusal(
    asRole.send(new SendTaskSuccessCommand({ taskToken: String(token), output: '{}' })),
  );
  if (answer !== 'none') await sfn.send(new StopExecutionCommand({ executionArn }));
  return answer;
}

async function nameOfRefusal(answer: Promise<unknown>): Promise<string> {
  return await answer.then(
    () => 'none',
    (error: Error) => error.name,
  );
}

async function caughtBy({ aws, outputs }: FixtureStack, input: object): Promise<string> {
  const client = new SFNClient(aws);
  const started = new StartExecutionCommand({ stateMachineArn: outputs['MachineArn'], input: JSON.stringify(input) });
  const { executionArn } = await client.send(started);
  return await eventually('the end of the execution', async () => {
    const { status, output, error } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' ? undefined : String(error ?? JSON.parse(output ?? '{}').caught?.Error);
  });
}

async function read({ aws, outputs }: FixtureStack, credentials: Credentials, Key: string): Promise<string> {
  const client = new S3Client({ ...aws, credentials, forcePathStyle: true });
  const answer = client.send(new GetObjectCommand({ Bucket: outputs['BucketName'], Key }));
  return await answer.then(
    () => 'found',
    (error: Error) => error.name,
  );
}

async function assumeTestRole(
  { aws }: FixtureStack,
  RoleName: string,
  allow: (iam: IAMClient, role: string) => Promise<void>,
): Promise<Credentials> {
  const iam = new IAMClient(aws);
  const AssumeRolePolicyDocument = document({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' });
  const Tags = [
    { Key: 'weir:mesh', Value: 'a/shop' },
    { Key: 'weir:node', Value: 'vn/orders' },
  ];
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, Tags }));
  await allow(iam, RoleName);
  const assume = new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'test' });
  const { Credentials: session } = await new STSClient(aws).send(assume);
  return {
    accessKeyId: session?.AccessKeyId ?? '',
    secretAccessKey: session?.SecretAccessKey ?? '',
    sessionToken: session?.SessionToken ?? '',
  };
}

function document(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}
