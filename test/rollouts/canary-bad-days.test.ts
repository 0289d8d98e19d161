import { describe, expect, test } from 'vitest';
import { RolloutWorld } from '../support/rollout-world.ts';
import { orders } from '../support/rollout-world-mesh.ts';

describe('two deployments of one service', () => {
  test('the newer takes over; the older ends without touching a weight', async () => {
    const world = RolloutWorld.shop();
    const older = await world.deploy('ecs-svc/2');
    let newer = '';
    let written = 0;
    world.at(24_000, async () => {
      newer = await world.deploy('ecs-svc/3');
      written = world.weights.length;
    });

    await world.run();

    expect(world.rollout(older).status).toBe('superseded');
    expect(world.rollout(newer).status).toBe('promoted');
    expect(world.weights.slice(written)).toEqual([0, 500, 2500, 5000, 10_000, undefined]);
    expect(world.split()).toEqual({ stable: ['ecs-svc/3'] });
  });

  test('an older one that is admitted late gives way', async () => {
    const world = RolloutWorld.shop();
    const newer = await world.deploy('ecs-svc/3');
    await world.run(10_000);
    const late = { ...world.ecsWorld.deployments.get('ecs-svc/3'), createdAt: 5 } as never;

    const older = await world.deploy('ecs-svc/2');
    world.ecsWorld.deployments.set('ecs-svc/3', {
      ...(world.ecsWorld.deployments.get('ecs-svc/3') as never as object),
      status: 'inProgress',
    } as never);
    world.ecsWorld.deployments.set('ecs-svc/2', late);
    await world.run();

    expect(world.rollout(older).status).toBe('superseded');
    expect(world.rollout(newer).status).toBe('promoted');
  });
});

describe('a rolling service', () => {
  test('is canaried while both revisions live, and promoted without a hook', async () => {
    const world = RolloutWorld.shop();

    const id = await world.deploy('ecs-svc/2', { hook: false });
    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'promoted', holds: 'guardedRolling' });
    expect(world.ecs).toEqual([]);
  });

  test('whose stable tasks ECS has replaced bakes, then is promoted', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2', { hook: false });
    world.at(24_000, () => {
      for (const task of world.tasks)
        if (task.task === 'orders-1') Object.assign(task, { wanted: false, ready: false });
      return world.wakeWaiting(orders);
    });

    await world.run();

    expect(world.weights).toEqual([0, 500, undefined]);
    expect(world.rollout(id).status).toBe('promoted');
    expect(world.rollout(id).reason).toContain('nothing is left to compare the canary with');
  });

  test('that fails with no stable task left keeps its canary serving until ECS has relaunched the old revision', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2', { hook: false });
    world.at(24_000, () => {
      for (const task of world.tasks)
        if (task.task === 'orders-1') Object.assign(task, { wanted: false, ready: false });
      return world.wakeWaiting(orders);
    });
    world.at(28_000, () => world.record(id, { kind: 'alarm', at: world.now, reason: 'bad' }));

    await world.run();

    expect(world.rollout(id).status).toBe('rolledBack');
    expect(world.ecs).toEqual(['STOP ROLLBACK']);
    expect(world.split()).toMatchObject({ stable: ['ecs-svc/1'], canary: { deployment: 'ecs-svc/2', basisPoints: 0 } });
  });

  test('that ECS gives up by itself is rolled back', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2', { hook: false, greenMs: 1e9 });
    world.at(5000, () => world.record(id, { kind: 'ended', at: world.now, reason: 'circuit breaker' }));

    await world.run(100_000);

    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', reason: 'circuit breaker' });
  });
});

describe('bad days', () => {
  test('a canary that never becomes green is rolled back when the policy’s time is over', async () => {
    const world = RolloutWorld.shop();

    const id = await world.deploy('ecs-svc/2', { greenMs: 1e9 });
    await world.run(200_000);

    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', reason: 'The canary was not ready in time.' });
  });

  test('a canary whose last task dies is rolled back', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(24_000, () => {
      for (const task of world.tasks) if (task.deployment === 'ecs-svc/2') task.wanted = false;
      return world.wakeWaiting(orders);
    });

    await world.run();

    expect(world.rollout(id)).toMatchObject({
      status: 'rolledBack',
      reason: 'No task of the canary is ready any more.',
    });
  });

  test('an alarm that fires at the start refuses the canary any weight', async () => {
    const world = RolloutWorld.shop();
    world.policy = { ...world.policy, alarms: ['5xx'] };
    world.alarms.firing = [{ name: '5xx', reason: 'too many' }];

    const id = await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.rollout(id)).toMatchObject({
      status: 'rolledBack',
      reason: 'Alarm 5xx is in ALARM: too many',
      steps: [],
    });
    expect(world.weights.filter((weight) => (weight ?? 0) > 0)).toEqual([]);
  });

  test('an alarm that fires before a step keeps the weight from rising', async () => {
    const world = RolloutWorld.shop();
    world.policy = { ...world.policy, alarms: ['5xx'] };
    const id = await world.deploy('ecs-svc/2');
    world.at(24_000, () => {
      world.alarms.firing = [{ name: '5xx', reason: 'too many' }];
    });

    await world.run();

    expect(world.weights).toEqual([0, 500, 0, undefined]);
    expect(world.rollout(id).status).toBe('rolledBack');
  });

  test('functions that die now and then do not change the outcome', async () => {
    const world = RolloutWorld.shop();
    for (const name of [
      'AdmitRolloutArn',
      'AwaitSignalArn',
      'ShiftWeightArn',
      'ReleaseDeploymentArn',
      'FinishRolloutArn',
    ])
      world.broken.set(name, 2);

    const id = await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.rollout(id).status).toBe('promoted');
    expect(world.rollout(id).steps.map(({ weight }) => weight)).toEqual([5, 25, 50, 100]);
  });

  test('an admission that fails half way is taken back: sidecars confirm weight 0, ECS is told', async () => {
    const world = RolloutWorld.shop();
    world.policy = { ...world.policy, alarms: ['5xx'] };
    world.alarms.isDown = true;

    const id = await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.executions.get(id)?.path).toContain('Wait for weight 0 everywhere');
    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', reason: 'ThrottlingException: rate exceeded' });
    expect(world.split()).toEqual({ stable: ['ecs-svc/1'] });
  });

  test('evidence that cannot be read keeps no weight on a canary', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(24_000, () => {
      world.evidence.isDown = true;
      return world.record(id, { kind: 'rollback', at: world.now, actor: 'me' });
    });

    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', reason: 'me asked for a rollback.' });
    expect(world.split()).toEqual({ stable: ['ecs-svc/1'] });
  });

  test('a deployment that ECS has finished unseen is baked, not waited for at a hook that is over', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2', { greenMs: 0 });
    const found = world.ecsWorld.deployments.get('ecs-svc/2');
    if (found !== undefined) world.ecsWorld.deployments.set('ecs-svc/2', { ...found, status: 'successful' });
    world.mesh.add(orders, 'orders-2', 'ecs-svc/2');
    for (const task of world.tasks) if (task.task === 'orders-1') task.wanted = false;

    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'promoted', holds: 'guardedRolling' });
    expect(world.split()).toEqual({ stable: ['ecs-svc/2'] });
  });

  test('a deployment that ECS does not list is never given a weight, and its rollout ends', async () => {
    const world = RolloutWorld.shop();

    const id = await world.deploy('ecs-svc/2');
    world.ecsWorld.deployments.clear();
    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack' });
    expect(world.rollout(id).reason).toContain('DeploymentUnknown');
    expect(world.weights).toEqual([]);
  });

  test('an execution that died is finished by the heal machine: weights safe, ECS back', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    await world.run(24_000);
    world.executions.delete(id);

    await world.startHeal(`dead-${id}`, {
      kind: 'deadExecution',
      rolloutId: id,
      reason: 'The execution ended ABORTED.',
    });
    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', reason: 'The execution ended ABORTED.' });
    expect(world.ecs).toEqual(['ROLLBACK']);
    expect(world.split()).toEqual({ stable: ['ecs-svc/1'] });
  });

  test('the first revision of a node is let through: there is nothing to compare it with', async () => {
    const world = RolloutWorld.shop();
    world.mesh.splits.clear();
    world.tasks.splice(2);

    const id = await world.deploy('ecs-svc/1', { isFirst: true });
    await world.run();

    expect(world.rollout(id).status).toBe('promoted');
    expect(world.ecs).toEqual(['CONTINUE']);
    expect(world.split()).toEqual({ stable: ['ecs-svc/1'] });
  });
});
