import { ClusterNotFoundException, DescribeTasksCommand, ECSClient } from '@aws-sdk/client-ecs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { seeTasks } from '#aws/tasks.ts';

const client = new ECSClient({ region: 'us-east-1' });
const ecs = mockClient(client);
const arn = (id: string) => `arn:aws:ecs:us-east-1:111122223333:task/shop/${id}`;

beforeEach(() => ecs.reset());

test('tasks are read as ECS has them, a hundred at a time, and those it does not know are missing', async () => {
  ecs.on(DescribeTasksCommand).callsFake(({ tasks }: { readonly tasks: readonly string[] }) => ({
    tasks: tasks
      .filter((id) => id !== 'gone')
      .map((id) => ({
        taskArn: arn(id),
        lastStatus: 'RUNNING',
        desiredStatus: 'STOPPED',
        version: 7,
        attachments: [
          { type: 'ElasticNetworkInterface', details: [{ name: 'privateIPv4Address', value: '10.0.0.7' }] },
        ],
      })),
    failures: tasks.includes('gone') ? [{ arn: arn('gone'), reason: 'MISSING' }] : [],
  }));
  const ids = ['gone', ...Array.from({ length: 100 }, (_, index) => `t${index}`)];

  const seen = await seeTasks(client)('shop', ids);

  expect(ecs.commandCalls(DescribeTasksCommand)).toHaveLength(2);
  expect(seen.size).toBe(101);
  expect(seen.get('gone')).toBe('missing');
  expect(seen.get('t99')).toEqual({
    lastStatus: 'RUNNING',
    desiredStatus: 'STOPPED',
    version: 7,
    address: '10.0.0.7',
  });
});

test('all tasks of a cluster that is not there any more are missing; another failure is one', async () => {
  ecs.on(DescribeTasksCommand).rejectsOnce(new ClusterNotFoundException({ message: 'no', $metadata: {} }));
  expect(await seeTasks(client)('shop', ['a'])).toEqual(new Map([['a', 'missing']]));

  ecs.on(DescribeTasksCommand).rejects(new Error('throttled'));
  await expect(seeTasks(client)('shop', ['a'])).rejects.toThrow('throttled');
});
