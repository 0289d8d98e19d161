import { describe, expect, test } from 'vitest';
import { defaultPolicy, mergePolicy } from '#rollouts/policy.ts';
import type { Policy } from '#rollouts/types.ts';
import { RolloutWorld } from '../support/rollout-world.ts';
import { orders } from '../support/rollout-world-mesh.ts';

/** What a rollout by this policy made of the shop; every weight that was written is among its splits. */
async function rolledOut(policy: Partial<Policy>, hook = true) {
  const world = RolloutWorld.shop();
  world.policy = mergePolicy(mergePolicy(defaultPolicy, world.policy), policy);
  const id = await world.deploy('ecs-svc/2', { hook });
  await world.run();
  return { world, rollout: world.rollout(id) };
}

const audience = { header: { name: 'x-beta', match: { exact: 'yes' } } };

test('linear takes steps of one size, whatever the steps are', async () => {
  const { world, rollout } = await rolledOut({ strategy: 'linear', linear: { stepPercent: 30, seconds: 5 } });

  expect(world.weights).toEqual([0, 3000, 6000, 9000, 10_000, undefined]);
  expect(rollout.status).toBe('promoted');
});

test('blueGreen gives everything at once, after the baseline, and bakes', async () => {
  const { world, rollout } = await rolledOut({ strategy: 'blueGreen' });

  expect(world.weights).toEqual([0, 10_000, undefined]);
  expect(world.store.phases).toContain('gatheringBaseline');
  expect(world.store.phases).toContain('baking');
  expect(rollout.status).toBe('promoted');
});

test('an A/B test gives the audience its weight first, then everybody’s rises', async () => {
  const { world, rollout } = await rolledOut({ strategy: 'abTest', abTest: { audience, weight: 100, seconds: 20 } });

  expect(world.weights).toEqual([0, 10_000, 500, 2500, 5000, 10_000, undefined]);
  expect(rollout.steps[0]).toMatchObject({ mode: 'audience', weight: 100, requiredSidecars: 2, ackedSidecars: 2 });
  expect(rollout.steps[1]).not.toHaveProperty('mode');
  expect(rollout.status).toBe('promoted');
});

test('the audience stands in the split as long as its step lasts', async () => {
  const world = RolloutWorld.shop();
  world.policy = { ...world.policy, strategy: 'abTest', abTest: { audience, weight: 50, seconds: 600 } };
  await world.deploy('ecs-svc/2');
  await world.run(60_000);

  expect(world.split()?.canary).toMatchObject({ audience, basisPoints: 5000 });
});

test('a mirror copies requests to the canary first: clients get none of its answers', async () => {
  const world = RolloutWorld.shop();
  world.policy = { ...world.policy, strategy: 'mirror', mirror: { percent: 20, seconds: 60 } };
  const id = await world.deploy('ecs-svc/2');
  await world.run(40_000);
  expect(world.split()?.canary).toMatchObject({ mirror: true, basisPoints: 2000 });
  await world.record(id, { kind: 'verdict', at: world.now, reason: 'copies failed' });

  await world.run();

  expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', reason: 'copies failed' });
  expect(world.rollout(id).steps).toHaveLength(1);
});

describe('off', () => {
  test('hands the endpoints over when they are ready, and lets ECS go on', async () => {
    const { world, rollout } = await rolledOut({ strategy: 'off' });

    expect(world.weights.filter((weight) => weight !== undefined)).toEqual([]);
    expect(world.split()).toEqual({ stable: ['ecs-svc/2'] });
    expect(world.ecs).toEqual(['CONTINUE']);
    expect(rollout).toMatchObject({
      status: 'promoted',
      reason: 'ecs-svc/2 was handed over without being judged.',
      steps: [],
    });
  });

  test('lets old and new tasks serve side by side while ECS replaces them one by one', async () => {
    const { world } = await rolledOut({ strategy: 'off' }, false);

    expect(world.split()).toEqual({ stable: ['ecs-svc/1', 'ecs-svc/2'] });
  });

  test('asks no alarm, gate or window', async () => {
    const { rollout } = await rolledOut({
      strategy: 'off',
      alarms: ['missing'],
      gates: { start: { expirySeconds: 600 } },
      freezes: [{ from: '1970-01-01T00:00:00Z', to: '1971-01-01T00:00:00Z', reason: 'no' }],
    });

    expect(rollout.status).toBe('promoted');
  });
});

describe('a dry run', () => {
  test('gives the canary the share its tasks would have anyway, lets ECS go on, and tells its verdict', async () => {
    const world = RolloutWorld.shop();
    world.policy = { ...world.policy, dryRun: true };
    const id = await world.deploy('ecs-svc/2');
    world.at(40_000, () => world.record(id, { kind: 'verdict', at: world.now, reason: 'canary failed 9 of 9' }));

    await world.run();

    expect(world.weights).toEqual([0, 5000, undefined]);
    expect(world.ecs).toEqual(['CONTINUE']);
    expect(world.rollout(id)).toMatchObject({
      status: 'promoted',
      reason: 'Dry run, ECS went on: canary failed 9 of 9.',
    });
  });

  test('lasts as long as its steps and its bake would', async () => {
    const { rollout } = await rolledOut({ dryRun: true });
    const [step] = rollout.steps;

    const lasted = ((rollout.endedAt ?? 0) - (step?.appliedAt ?? 0)) / 1000;
    expect(lasted).toBeGreaterThanOrEqual(50);
    expect(lasted).toBeLessThan(60);
  });

  test('still takes traffic off a canary that has died', async () => {
    const world = RolloutWorld.shop();
    world.policy = { ...world.policy, dryRun: true };
    const id = await world.deploy('ecs-svc/2');
    world.at(40_000, () => {
      for (const task of world.tasks) if (task.deployment === 'ecs-svc/2') task.wanted = false;
      return world.wakeWaiting(orders);
    });
    await world.run();

    expect(world.rollout(id).status).toBe('rolledBack');
  });
});
