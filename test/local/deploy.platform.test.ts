import { createHash, createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTimeToLiveCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppMeshFront, startAppMeshFront } from '../../local/appmesh-front.ts';
import { DeploymentFailed, deploy } from '../../local/deploy.ts';
import { signedFetch } from '../../local/signed-fetch.ts';
import { eventually, type FixtureStack, startFixtureStack } from './fixture-stack.ts';

let stack: FixtureStack;
let front: AppMeshFront;
let apiUrl: string;
beforeAll(async () => {
  stack = await startFixtureStack();
  apiUrl = `${stack.ministack.url}/_aws/execute-api/${stack.outputs['ApiId']}`;
  front = await startAppMeshFront(apiUrl);
});
afterAll(async () => {
  await front?.close();
  await stack?.stop();
});

const recorded = (what: string, matches: (event: Record<string, unknown>) => boolean) =>
  eventually(what, () => stack.records().find(matches));

describe('a deployed stack', () => {
  test('has the outputs of the template, and what its custom resource answered among them', () => {
    expect(stack.outputs).toMatchObject({ CustomAnswer: '42', BucketName: 'weir-000000000000-us-east-1' });
  });

  test('has TTL enabled where the template says so', async () => {
    const client = new DynamoDBClient(stack.aws);
    const { TimeToLiveDescription } = await client.send(
      new DescribeTimeToLiveCommand({ TableName: stack.outputs['TableName'] }),
    );
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
  });

  test('runs functions on Node 24, and their error names reach Retry and Catch', async () => {
    const client = new SFNClient(stack.aws);
    const started = new StartExecutionCommand({
      stateMachineArn: stack.outputs['MachineArn'],
      input: '{"case":"retry"}',
    });
    const { executionArn } = await client.send(started);
    const { output, startDate, stopDate } = await eventually('the end of the execution', async () => {
      const found = await client.send(new DescribeExecutionCommand({ executionArn }));
      return found.status === 'RUNNING' ? undefined : found;
    });
    const caught = JSON.parse(output ?? '').caught;
    expect(caught.Error).toBe('NotConverged');
    expect(JSON.parse(caught.Cause)).toMatchObject({
      errorType: 'NotConverged',
      errorMessage: 'NotConverged: as asked',
    });
    expect(Number(stopDate) - Number(startDate), 'one retry after a second').toBeGreaterThanOrEqual(1000);
  });

  test('delivers the events of ECS to the state machine and stream records to the function', async () => {
    const detail = { eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS', deploymentId: 'ecs-svc/1' };
    const entry = { Source: 'aws.ecs', DetailType: 'ECS Deployment State Change', Detail: JSON.stringify(detail) };
    await new EventBridgeClient(stack.aws).send(new PutEventsCommand({ Entries: [entry] }));
    const item = (pk: string) => ({ TableName: stack.outputs['TableName'], Item: { pk: { S: pk }, sk: { S: '1' } } });
    const dynamodb = new DynamoDBClient(stack.aws);
    await dynamodb.send(new PutItemCommand(item('NODE#1')));
    await dynamodb.send(new PutItemCommand(item('OUTBOX#1')));
    const sfn = new SFNClient(stack.aws);
    await eventually('an execution with the event as input', async () => {
      const { executions = [] } = await sfn.send(
        new ListExecutionsCommand({ stateMachineArn: stack.outputs['MachineArn'] }),
      );
      const described = executions.map(({ executionArn }) => sfn.send(new DescribeExecutionCommand({ executionArn })));
      return (await Promise.all(described)).find(({ input }) => input?.includes('"deploymentId": "ecs-svc/1"'));
    });
    const record = await recorded('the outbox item', (event) => JSON.stringify(event).includes('OUTBOX#1'));
    expect(JSON.stringify(record)).not.toContain('NODE#1');
  });
});

describe('the front', () => {
  test('hands the API what the client sent: Host, query, headers and body as they were, the path decoded but for %25', async () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=x/20261121/us-east-1/appmesh/aws4_request, SignedHeaders=host, Signature=0';
    const response = await fetch(`${front.url}/v20190125/meshes/a%2Fb%20c%25z?limit=1&x=%2F&x=2`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: '{"a": "ü"}',
    });
    const event = (await response.json()) as Record<string, unknown>;
    expect(event).toMatchObject({
      rawPath: '/v20190125/meshes/a/b c%25z',
      rawQueryString: 'limit=1&x=%2F&x=2',
      headers: { host: new URL(front.url).host, authorization },
      requestContext: { http: { method: 'PUT' } },
      body: '{"a": "ü"}',
    });
  });

  test('passes on large bodies and the status of the API', async () => {
    const body = JSON.stringify('x'.repeat(300_000));
    const response = await fetch(`${front.url}/v20190125/meshes`, { method: 'POST', body });
    expect(((await response.json()) as { body: string }).body).toHaveLength(body.length);
    expect((await fetch(`${front.url}/elsewhere`)).status).toBe(404);
  });
});

describe('an AWS_IAM route', () => {
  const request = () => ({
    method: 'GET',
    url: `${apiUrl}/weir/v1/rollouts?status=a%20b&limit=2`,
    region: 'us-east-1',
  });

  test('tells the function who signed', async () => {
    const response = await signedFetch({ ...request(), credentials: stack.aws.credentials });
    expect(await response.json()).toMatchObject({
      requestContext: { authorizer: { iam: { userArn: 'arn:aws:iam::000000000000:root' } } },
    });
  });

  test('refuses a wrong signature and none at all', async () => {
    const credentials = { accessKeyId: 'AKIAUNKNOWN000000000', secretAccessKey: 'x' };
    expect((await signedFetch({ ...request(), credentials })).status).toBe(403);
    expect((await fetch(request().url)).status).toBe(403);
  });
});

test('an acknowledgement over MQTT reaches the function with the identity the broker vouches for', async () => {
  const { credentials, userId } = await taskRole();
  const { endpointAddress: host = '' } = await new IoTClient(stack.aws).send(
    new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }),
  );
  const local = new URL(stack.ministack.url).host;
  const client = await mqtt.connectAsync(`ws://${local}/mqtt`, {
    transformWsUrl: () => `ws://${local}${presignedPath(host, credentials)}`,
    wsOptions: { headers: { Host: host } },
    clientId: userId,
    protocolVersion: 4,
    reconnectPeriod: 0,
  });
  const payload = JSON.stringify({ rev: 7, principal: 'forged' });
  await client.publishAsync('$aws/rules/fixture_ack/a/shop/vn/orders', payload, { qos: 1 });
  const event = await recorded('the acknowledgement', (found) => JSON.stringify(found).includes('aws:sqs'));
  const [message] = event['Records'] as { body: string }[];
  expect(JSON.parse(message?.body ?? '')).toMatchObject({
    rev: 7,
    principal: userId,
    client: userId,
    topic: 'a/shop/vn/orders',
    first: 'a',
    second: 'shop',
    fourth: 'orders',
  });
  await client.endAsync(true);
});

describe('a template that does not deploy', () => {
  const failing = async (resources: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-template-'));
    writeFileSync(join(folder, 'template.yaml'), `Resources:\n${resources}`);
    try {
      await deploy({ aws: stack.aws, template: join(folder, 'template.yaml'), stack: `broken-${randomUUID()}` });
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test('ends with the logical id of the resource and the reason', async () => {
    const key =
      '  Fine:\n    Type: AWS::SQS::Queue\n  Broken:\n    Type: AWS::KMS::Key\n    Properties: { KeySpec: NO_SUCH }\n';
    await expect(failing(key)).rejects.toThrow(DeploymentFailed);
    await expect(failing(key)).rejects.toThrow(/Broken \(AWS::KMS::Key\): .*NO_SUCH/);
  });

  test('ends with what CloudFormation says of the template itself', async () => {
    await expect(failing('  Broken:\n    Type: AWS::No::Such\n')).rejects.toThrow(/did not deploy: .*AWS::No::Such/);
    await expect(failing('  {}\n')).rejects.toThrow(/did not deploy: its change set is FAILED/);
  });

  test('names a function whose bundle was not built', async () => {
    const unbuilt =
      '  Missing:\n    Type: AWS::Serverless::Function\n    Properties: { CodeUri: dist/missing, Handler: handler.handler }\n';
    await expect(failing(unbuilt)).rejects.toThrow(/Missing: there is no .*dist\/missing; run npm run build/);
  });
});

async function taskRole() {
  const iam = new IAMClient(stack.aws);
  const trust = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const Tags = [
    { Key: 'weir:mesh', Value: 'a/shop' },
    { Key: 'weir:node', Value: 'vn/orders' },
  ];
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'orders', AssumeRolePolicyDocument, Tags }));
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'orders', PolicyArn: stack.outputs['ProxyPolicyArn'] }));
  const assume = new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'task1' });
  const { Credentials: session, AssumedRoleUser } = await new STSClient(stack.aws).send(assume);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = session ?? {};
  return { credentials: { AccessKeyId, SecretAccessKey, SessionToken }, userId: AssumedRoleUser?.AssumedRoleId ?? '' };
}

/** The token is appended after signing: AWS IoT's own rule. */
function presignedPath(host: string, { AccessKeyId, SecretAccessKey, SessionToken }: Record<string, string>): string {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [date.slice(0, 8), 'us-east-1', 'iotdevicegateway', 'aws4_request'];
  const query = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${AccessKeyId}/${scope.join('/')}`,
    'X-Amz-Date': date,
    'X-Amz-Expires': '300',
    'X-Amz-SignedHeaders': 'host',
  });
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const canonical = ['GET', '/mqtt', query, `host:${host}\n`, 'host', sha256('')].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${SecretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n')).toString(
    'hex',
  );
  return `/mqtt?${query}&X-Amz-Signature=${signature}&X-Amz-Security-Token=${encodeURIComponent(SessionToken ?? '')}`;
}
