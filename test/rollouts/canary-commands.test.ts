import { describe, expect, test } from 'vitest';
import { RolloutWorld } from '../support/rollout-world.ts';

describe('an operator', () => {
  test('pauses a step: its clock stands still, and it lasts as long after as it had left', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(24_000, () => world.record(id, { kind: 'pause', at: world.now, actor: 'me' }));
    await world.run(3_600_000);
    expect(world.rollout(id)).toMatchObject({ phase: 'paused', weight: 5 });

    await world.record(id, { kind: 'resume', at: world.now, actor: 'me' });
    const resumed = world.now;
    await world.run();

    expect(world.rollout(id).status).toBe('promoted');
    const second = world.rollout(id).steps[1]?.appliedAt ?? 0;
    expect(second - resumed).toBeGreaterThan(4000);
    expect(second - resumed).toBeLessThan(10_000);
  });

  test('cannot lose a verdict by a pause', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(24_000, () => world.record(id, { kind: 'pause', at: world.now, actor: 'me' }));
    world.at(30_000, () => world.record(id, { kind: 'verdict', at: world.now, reason: 'bad' }));

    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', reason: 'bad' });
  });

  test('promotes: to full weight at once, baked before ECS goes on', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(24_000, () => world.record(id, { kind: 'full', at: world.now, actor: 'me' }));

    await world.run();

    expect(world.weights).toEqual([0, 500, 10_000, undefined]);
    expect(world.store.phases).toContain('baking');
    expect(world.rollout(id)).toMatchObject({ status: 'promoted', reason: 'me asked for full promotion.' });
  });

  test('promotes out of a pause, and the pause does not come back', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(24_000, () => world.record(id, { kind: 'pause', at: world.now, actor: 'me' }));
    world.at(60_000, () => world.record(id, { kind: 'full', at: world.now, actor: 'me' }));

    await world.run(200_000);

    expect(world.rollout(id).status).toBe('promoted');
    expect(world.weights).toEqual([0, 500, 10_000, undefined]);
  });

  test('rolls back before the canary is even green', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(1000, () => world.record(id, { kind: 'rollback', at: world.now, actor: 'arn:me' }));

    await world.run();

    expect(world.rollout(id)).toMatchObject({
      status: 'rolledBack',
      reason: 'arn:me asked for a rollback.',
      steps: [],
    });
    expect(world.ecs).toEqual(['STOP ROLLBACK']);
  });
});
