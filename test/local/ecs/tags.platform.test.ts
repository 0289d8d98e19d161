import {
  CreateServiceCommand,
  DescribeServicesCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EcsWorld, register, startEcsWorld } from './ecs-world.ts';

let world: EcsWorld;
let resourceArn: string;

beforeAll(async () => {
  world = await startEcsWorld();
  const taskDefinition = await register(world, 'sleep');
  const input = { cluster: 'shop', serviceName: 'orders', taskDefinition, desiredCount: 0 };
  const tags = [{ key: 'team', value: 'a' }];
  resourceArn = (await world.client.send(new CreateServiceCommand({ ...input, tags }))).service?.serviceArn ?? '';
});
afterAll(() => world.close());

const tags = async () => (await world.client.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
const tag = (key: string, value: string, arn = resourceArn) =>
  world.client.send(new TagResourceCommand({ resourceArn: arn, tags: [{ key, value }] }));

test('a service keeps the tags it was created with, replaces by key, and loses those it is untagged', async () => {
  await tag('team', 'b');
  await tag('weir:x/1', 'a b+c-d=e.f_g:h/i@j');
  expect(await tags()).toEqual([
    { key: 'team', value: 'b' },
    { key: 'weir:x/1', value: 'a b+c-d=e.f_g:h/i@j' },
  ]);
  await world.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['weir:x/1', 'none'] }));

  expect(await tags()).toEqual([{ key: 'team', value: 'b' }]);
});

test('tags are described to those who ask for them', async () => {
  const described = async (include: 'TAGS'[]) =>
    (await world.client.send(new DescribeServicesCommand({ cluster: 'shop', services: ['orders'], include }))).services;

  expect((await described(['TAGS']))?.[0]?.tags).toEqual([{ key: 'team', value: 'b' }]);
  expect((await described([]))?.[0]?.tags).toBeUndefined();
});

test.each([
  [
    'a value that ECS does not take',
    () => tag('team', '{"json":1}'),
    'tags.0.value: has a character a tag cannot have',
  ],
  ['a value that is too long', () => tag('team', 'a'.repeat(257)), 'tags.0.value'],
  [
    'a resource that is no service',
    () => tag('team', 'a', 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop'),
    'long ARN',
  ],
])('%s is refused', async (_, refused, message) => {
  await expect(refused()).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining(message),
  });
});

test('a service has fifty tags at most', async () => {
  const many = Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`, value: '' }));

  await expect(world.client.send(new TagResourceCommand({ resourceArn, tags: many }))).rejects.toThrow(
    'at most 50 tags',
  );
});
