import { expect, test } from 'vitest';
import { receiveAcks } from '../../functions/receive-acks/receive-acks.ts';
import { routeEvents } from '../../functions/route-events/route-events.ts';
import { client, EventWorld, orders, TASK, taskEventOf } from '../support/event-world.ts';
import { ackMessage, ruleMessage } from '../support/sidecar-messages.ts';

const KEY = '111122223333/shop/vn/orders';

/** A world in which ECS runs the task. */
async function running(): Promise<EventWorld> {
  const world = new EventWorld();
  await routeEvents(world.ports)(taskEventOf(2, 'RUNNING'));
  world.pushes.length = 0;
  return world;
}

test('a sidecar’s acknowledgement is recorded with the time it was stored, and wakes who waits for it', async () => {
  const world = await running();
  world.waitingRollouts = ['dep-1'];
  world.now = 5000;
  const again = await receiveAcks(world.ports)([ackMessage({ rev: 7, at: 3 })]);

  expect(again).toEqual([]);
  expect(world.sidecars()).toMatchObject([{ task: TASK, appliedRev: 7, ackedAt: 5000, ready: true }]);
  expect(world.woken).toEqual(['dep-1']);
});

test('clients are told when a sidecar gets ready or stops being so, not when it repeats itself', async () => {
  const world = await running();
  const told: number[] = [];
  for (const [at, ready] of [
    [1, true],
    [2, true],
    [3, false],
    [4, false],
  ] as const) {
    await receiveAcks(world.ports)([ackMessage({ at, ready, rev: at })]);
    told.push(world.pushes.length);
  }

  expect(told).toEqual([1, 1, 2, 2]);
  expect(world.pushes[0]).toEqual([client.name]);
});

test('a late report changes nothing', async () => {
  const world = await running();
  await receiveAcks(world.ports)([ackMessage({ at: 9, rev: 4, ready: true })]);
  world.pushes.length = 0;
  const again = await receiveAcks(world.ports)([ackMessage({ at: 8, rev: 3, ready: false })]);

  expect([again, world.pushes, world.sidecars()[0]?.appliedRev]).toEqual([[], [], 4]);
});

test('a repeated report is pushed again, because the first delivery may have died before its push', async () => {
  const world = await running();
  await receiveAcks(world.ports)([ackMessage({ ready: true })]);
  await receiveAcks(world.ports)([ackMessage({ ready: true })]);

  expect(world.pushes.length).toBe(2);
});

test.each([
  ['another task’s topic', ackMessage({}, { topic: `${KEY}/${'f'.repeat(32)}` })],
  ['another session', ackMessage({}, { principal: 'AROAEXAMPLE:someone' })],
  ['no session at all', ackMessage({}, { principal: 'AIDAEXAMPLE' })],
  ['a topic that is no task’s', ackMessage({}, { topic: `${KEY}/a/b/c` })],
  ['a topic of another kind', ackMessage({}, { topic: `111122223333/shop/mesh/orders/${TASK}` })],
])('a report from %s is refused, logged and not delivered again', async (_name, message) => {
  const world = await running();
  const again = await receiveAcks(world.ports)([message]);

  expect([again, world.reports.size, world.warnings]).toEqual([[], 0, ['message refused']]);
});

test('who a report is about is the broker’s word, whatever the report itself claims', async () => {
  const world = await running();
  const forged = { principal: `AROAEXAMPLE:${'f'.repeat(32)}`, topic: `${KEY}/${'f'.repeat(32)}`, task: 'f' };
  await receiveAcks(world.ports)([ackMessage(forged)]);

  expect([...world.reports.keys()]).toEqual([`${KEY}/${TASK}`]);
});

test.each([
  ['not JSON', ruleMessage('{')],
  ['not a report', ruleMessage('[]')],
  ['of an unknown version', ackMessage({ v: 2 as 1 })],
  ['with a negative revision', ackMessage({ rev: -1 })],
  ['an envelope of nobody', { id: 'message-1', body: 'x' }],
])('a message that is %s is not delivered again', async (_name, message) => {
  const world = await running();

  expect(await receiveAcks(world.ports)([message])).toEqual([]);
  expect(world.warnings).toEqual(['message refused']);
});

test('the broker’s topic may come with its Basic Ingest prefix', async () => {
  const world = await running();
  await receiveAcks(world.ports)([ackMessage({}, { topic: `$aws/rules/weir_ack/${KEY}/${TASK}` })]);

  expect(world.reports.size).toBe(1);
});

test('only what failed for a passing reason is delivered again', async () => {
  const world = await running();
  const throttled = { ...world.ports, waiting: async () => Promise.reject(new Error('throttled')) };
  const garbage = ruleMessage('{', { id: 'message-2' });

  expect(await receiveAcks(throttled)([ackMessage(), garbage])).toEqual(['message-1']);
});

test('a report of a task that ECS has not told of yet counts for nothing until it does', async () => {
  const world = new EventWorld();
  await receiveAcks(world.ports)([ackMessage()]);

  expect([world.sidecars(orders), world.endpoints(), world.pushes]).toEqual([[], [], []]);
  expect(world.expiring).toEqual(new Set([`${KEY}/${TASK}`]));
});

test('Envoy’s refusal is kept and logged', async () => {
  const world = await running();
  const rejected = { rev: 8, type: 'cluster', text: 'no such thing' };
  await receiveAcks(world.ports)([ackMessage({ rev: 7, rejected })]);

  expect(world.warnings).toEqual(['Envoy refused a revision']);
});

test('each revision that an Envoy refuses is announced once, however often its agent says so', async () => {
  const world = await running();
  const refusal = (rev: number) => ({ rev, type: 'cluster', text: `no such thing in ${rev}` });
  for (const [at, rev] of [8, 8, 9].entries())
    await receiveAcks(world.ports)([ackMessage({ rev: 7, at: 10 + at, rejected: refusal(rev) })]);

  expect(world.refusals).toEqual([
    { proxy: orders, task: TASK, ...refusal(8) },
    { proxy: orders, task: TASK, ...refusal(9) },
  ]);
});

test('a batch tells a node’s clients once and wakes each rollout once, however many of its sidecars report', async () => {
  const world = await running();
  const other = 'f'.repeat(32);
  const taskArn = `arn:aws:ecs:us-east-1:111122223333:task/shop/${other}`;
  await routeEvents(world.ports)(taskEventOf(2, 'RUNNING', { taskArn }));
  world.pushes.length = 0;
  world.waitingRollouts = ['dep-1'];
  world.woken.length = 0;
  const sender = { id: 'message-2', principal: `AROAEXAMPLE:${other}`, topic: `${KEY}/${other}` };
  await receiveAcks(world.ports)([ackMessage(), ackMessage({}, sender)]);

  expect([world.pushes, world.woken]).toEqual([[[client.name]], ['dep-1']]);
});

test('when what follows a batch fails, every message that asked for it is delivered again', async () => {
  const world = await running();
  const dead = {
    ...world.ports,
    push: { ...world.ports.push, push: async () => Promise.reject(new Error('throttled')) },
  };
  const late = ackMessage({ at: 0 }, { id: 'message-2' });

  expect(await receiveAcks(dead)([ackMessage({ at: 5 }), late])).toEqual(['message-1']);
});
