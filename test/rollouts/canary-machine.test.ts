import { describe, expect, test } from 'vitest';
import { RolloutWorld } from '../support/rollout-world.ts';
import { front } from '../support/rollout-world-mesh.ts';

describe('a healthy canary', () => {
  test('goes through every step and is promoted, then ECS goes on', async () => {
    const world = RolloutWorld.shop();

    const id = await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'promoted', weight: 100, phase: 'finished' });
    expect(world.rollout(id).reason).toBe('All steps passed: ecs-svc/2 is the stable variant.');
    expect(world.weights).toEqual([0, 500, 2500, 5000, 10_000, undefined]);
    expect(world.split()).toEqual({ stable: ['ecs-svc/2'] });
    expect(world.ecs).toEqual(['CONTINUE']);
  });

  test('is given each weight only when both sidecars have confirmed the one before', async () => {
    const world = RolloutWorld.shop();

    const id = await world.deploy('ecs-svc/2');
    await world.run();

    const { steps } = world.rollout(id);
    expect(
      steps.map(({ weight, requiredSidecars, ackedSidecars }) => [weight, requiredSidecars, ackedSidecars]),
    ).toEqual([
      [5, 2, 2],
      [25, 2, 2],
      [50, 2, 2],
      [100, 2, 2],
    ]);
    for (const [index, step] of steps.entries())
      expect(step.lastAckAt).toBeLessThan(steps[index + 1]?.appliedAt ?? Number.POSITIVE_INFINITY);
  });

  test('announces its start, each weight and its promotion', async () => {
    const world = RolloutWorld.shop();

    await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.announced.map(({ what }) => what)).toEqual([
      'Rollout Started',
      ...Array.from({ length: 4 }, () => 'Rollout Weight Shifted'),
      'Rollout Promoted',
    ]);
  });
});

describe('a failing canary', () => {
  test('is taken to weight 0 in one task after the verdict, and ECS rolls back after that', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(24_000, () => world.record(id, { kind: 'verdict', at: world.now, reason: 'canary failed 3 of 3' }));

    await world.run();

    const path = world.executions.get(id)?.path ?? [];
    expect(path.slice(path.indexOf('Watch'))).toEqual([
      'Watch',
      'What ended the wait?',
      'Roll back',
      'Rolled back?',
      'Wait for weight 0 everywhere',
      'Still ours?',
      'Tell ECS to go back',
      'Finish: rolled back',
    ]);
    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', reason: 'canary failed 3 of 3', stragglers: [] });
    expect(world.rollout(id).zeroAckedAt).toBeGreaterThan(1_024_000);
    expect(world.ecs).toEqual(['ROLLBACK']);
    expect(world.split()).toEqual({ stable: ['ecs-svc/1'] });
  });

  test('is rolled back while a step still waits for acknowledgements', async () => {
    const world = RolloutWorld.shop();
    for (const task of world.tasks) task.ackDelayMs = 3000;
    const id = await world.deploy('ecs-svc/2');
    world.at(21_000, () => world.record(id, { kind: 'verdict', at: world.now, reason: 'bad' }));

    await world.run();

    expect(world.executions.get(id)?.path).not.toContain('Watch');
    expect(world.rollout(id).status).toBe('rolledBack');
  });

  test('is rolled back at 100 % while ECS still holds the old revision at full scale', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(62_000, () => world.record(id, { kind: 'alarm', at: world.now, reason: 'Alarm 5xx is in ALARM' }));

    await world.run();

    expect(world.store.phases).toContain('baking');
    expect(world.weights.slice(-3)).toEqual([10_000, 0, undefined]);
    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', reason: 'Alarm 5xx is in ALARM' });
  });
});

describe('sidecars', () => {
  test('that never confirm weight 0 are listed, and ECS is told all the same', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(24_000, () => {
      for (const task of world.tasks) if (task.task === 'front-b') task.ackDelayMs = undefined;
      return world.record(id, { kind: 'rollback', at: world.now, actor: 'me' });
    });

    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', stragglers: ['front-b'] });
    expect(world.ecs).toEqual(['ROLLBACK']);
  });

  test('that stay silent are sent the state again and then replaced; the step goes on without them', async () => {
    const world = RolloutWorld.shop();
    for (let i = 0; i < 4; i++) world.mesh.add(front, `front-${i}`, 'ecs-svc/9');
    const id = await world.deploy('ecs-svc/2');
    world.at(1000, () => {
      for (const task of world.tasks) if (task.task === 'front-b') task.ackDelayMs = undefined;
    });

    await world.run();

    expect(world.ecs).toEqual(['STOP TASK front-b', 'CONTINUE']);
    expect(world.rollout(id)).toMatchObject({ status: 'promoted' });
    expect(world.rollout(id).steps[0]).toMatchObject({ requiredSidecars: 5, ackedSidecars: 5 });
  });

  test('that are all silent fail the step in the policy’s time, and none of them is stopped', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(1000, () => {
      for (const task of world.tasks) task.ackDelayMs = undefined;
    });

    await world.run();

    expect(world.rollout(id)).toMatchObject({
      status: 'rolledBack',
      reason: 'Not every sidecar confirmed the step in time.',
      stragglers: ['front-a', 'front-b'],
    });
    expect(world.ecs).toEqual(['ROLLBACK']);
  });

  test('whose Envoy refuses the change bring the canary back at once, with Envoy’s words', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(1000, () => {
      for (const task of world.tasks) task.rejects = true;
    });

    await world.run();

    expect(world.rollout(id).reason).toBe('Envoy of task front-a refused the change: no such thing');
    expect(world.rollout(id).status).toBe('rolledBack');
  });

  test('that are missing altogether end the rollout unrouted, and ECS goes on', async () => {
    const world = RolloutWorld.shop();
    world.mesh.clients = [];

    const id = await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'unrouted' });
    expect(world.split()).toEqual({ stable: ['ecs-svc/2'] });
    expect(world.ecs).toEqual(['CONTINUE']);
  });
});

test('a five-step canary takes 36 transitions of the state machine', async () => {
  const world = RolloutWorld.shop();
  world.policy = { ...world.policy, steps: [5, 10, 25, 50, 100].map((weight) => ({ weight, seconds: 10 })) };

  const id = await world.deploy('ecs-svc/2');
  await world.run();

  expect(world.rollout(id).status).toBe('promoted');
  expect(world.executions.get(id)?.path.length).toBe(36);
});
