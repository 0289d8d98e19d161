import { randomBytes } from 'node:crypto';
import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { DescribeExecutionCommand, ExecutionDoesNotExist, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { dataEndpoint } from '#aws/discovery-store.ts';
import { executionStatus } from '#aws/execution-status.ts';
import { newsOf } from '#aws/news.ts';
import { newsPublisher } from '#aws/news-publisher.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { MAX_NEWS_BYTES, type News, type Snapshot } from '#mesh/wire/snapshot.ts';

const web: ProxyId = { owner: '111122223333', mesh: 'shop', kind: 'vn', name: 'web' };
const canaryArn = 'arn:aws:states:us-east-1:111122223333:stateMachine:weir-canary';

test('news go to all tasks of a proxy, or to one, at least once', async () => {
  const iot = mockClient(IoTDataPlaneClient);
  iot.on(PublishCommand).resolves({});
  const news: News = { v: 1, kind: 'pointer', rev: 3, hash: 'h' };
  const publisher = newsPublisher(new IoTDataPlaneClient({}));
  await publisher.publish(web, news);
  await publisher.publish(web, news, 'task-1');

  const sent = iot.commandCalls(PublishCommand).map(({ args }) => args[0].input);
  expect(sent.map(({ topic, qos }) => [topic, qos])).toEqual([
    ['weir/1/111122223333/shop/vn/web/all', 1],
    ['weir/1/111122223333/shop/vn/web/task-1', 1],
  ]);
  expect(JSON.parse(Buffer.from(sent[0]?.payload as Uint8Array).toString())).toEqual(news);
});

test('an execution is asked for by its rollout’s name; one that never was is none', async () => {
  const sfn = mockClient(SFNClient);
  sfn.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist({ message: 'no', $metadata: {} }));
  sfn
    .on(DescribeExecutionCommand, {
      executionArn: 'arn:aws:states:us-east-1:111122223333:execution:weir-canary:dep-1',
    })
    .resolves({ status: 'ABORTED' });
  const client = new SFNClient({});

  expect(await executionStatus(client, canaryArn, 'dep-1')).toBe('ABORTED');
  expect(await executionStatus(client, canaryArn, 'dep-2')).toBeUndefined();
});

test('an execution that cannot be asked for is not taken for none', async () => {
  mockClient(SFNClient).on(DescribeExecutionCommand).rejects(new Error('throttled'));

  await expect(executionStatus(new SFNClient({}), canaryArn, 'dep-1')).rejects.toThrow('throttled');
});

test('agents are told the endpoint with Amazon’s own certificate chain', async () => {
  mockClient(IoTClient)
    .on(DescribeEndpointCommand, { endpointType: 'iot:Data-ATS' })
    .resolves({ endpointAddress: 'abc-ats.iot.us-east-1.amazonaws.com' });

  expect(await dataEndpoint(new IoTClient({}))).toBe('abc-ats.iot.us-east-1.amazonaws.com');
});

test('a difference that does not fit one billing unit of the broker is told by a pointer', () => {
  const snapshot = (rev: number, bytes: number): Snapshot => ({
    v: 1,
    proxy: 'p',
    rev,
    hash: `h${rev}`,
    resources: { cluster: { a: { version: `${rev}`, body: randomBytes((bytes * 3) / 4).toString('base64') } } },
    telemetry: [],
    appPorts: [],
  });
  const small = newsOf(snapshot(1, 12), snapshot(2, MAX_NEWS_BYTES - 320));
  const large = newsOf(snapshot(1, 12), snapshot(2, MAX_NEWS_BYTES));

  expect([small.kind, large]).toEqual(['delta', { v: 1, kind: 'pointer', rev: 2, hash: 'h2' }]);
  expect(Buffer.byteLength(JSON.stringify(small))).toBeLessThanOrEqual(MAX_NEWS_BYTES);
});
