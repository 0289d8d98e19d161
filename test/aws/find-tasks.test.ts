import { DescribeTasksCommand, ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { findTasks } from '#aws/find-tasks.ts';
import { orders } from '../support/event-world.ts';

const client = new ECSClient({ region: 'us-east-1' });
const ecs = mockClient(client);
const clusterArn = 'arn:aws:ecs:us-east-1:111122223333:cluster/shop';
const meshed = async (arn: string) =>
  arn === 'orders:1' ? { proxy: orders, interception: 'explicit' as const } : undefined;

beforeEach(() => {
  ecs.reset();
  ecs
    .on(ListClustersCommand)
    .resolvesOnce({ clusterArns: ['other'], nextToken: 'n' })
    .resolves({ clusterArns: [clusterArn] });
  ecs.on(DescribeTasksCommand, { cluster: 'other' }).resolves({ tasks: [], failures: [{ reason: 'MISSING' }] });
});

test('a task is found in whichever cluster it runs, and is what its event would have told', async () => {
  ecs.on(DescribeTasksCommand, { cluster: clusterArn }).resolves({
    tasks: [
      {
        taskArn: 'arn:aws:ecs:us-east-1:111122223333:task/shop/abc',
        taskDefinitionArn: 'orders:1',
        clusterArn,
        lastStatus: 'RUNNING',
        desiredStatus: 'RUNNING',
        version: 4,
        group: 'service:orders',
        startedBy: 'ecs-svc/1',
        availabilityZone: 'us-east-1a',
        createdAt: new Date(42),
        attachments: [{ details: [{ name: 'privateIPv4Address', value: '10.0.0.7' }] }],
      },
    ],
  });

  expect(await findTasks(client, meshed)(['abc'])).toEqual([
    {
      task: 'abc',
      proxy: orders,
      interception: 'explicit',
      deployment: 'ecs-svc/1',
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      version: 4,
      cluster: clusterArn,
      serviceArn: 'arn:aws:ecs:us-east-1:111122223333:service/shop/orders',
      startedAt: 42,
      address: '10.0.0.7',
      az: 'us-east-1a',
    },
  ]);
});

test('a task outside the mesh is none of ours', async () => {
  const task = {
    taskArn: 'task/x',
    taskDefinitionArn: 'cron:1',
    clusterArn,
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    version: 1,
  };
  ecs.on(DescribeTasksCommand, { cluster: clusterArn }).resolves({ tasks: [task] });

  expect(await findTasks(client, meshed)(['x'])).toEqual([]);
});
