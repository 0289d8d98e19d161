import { describe, expect, test } from 'vitest';
import { front, orders, RolloutWorld } from '../support/rollout-world.ts';

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
    expect(path.slice(path.indexOf('Observe'))).toEqual([
      'Observe',
      'What was observed?',
      'Roll back',
      'Rolled back?',
      'Wait for weight 0 everywhere',
      'Still ours?',
      'Tell ECS to go back',
      'Finish: rolled back',
      'Done',
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

    expect(world.executions.get(id)?.path).not.toContain('Observe');
    expect(world.rollout(id).status).toBe('rolledBack');
  });

  test('is rolled back at 100 % while ECS still holds the old revision at full scale', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(62_000, () => world.record(id, { kind: 'alarm', at: world.now, reason: 'Alarm 5xx is in ALARM' }));

    await world.run();

    expect(world.executions.get(id)?.path).toContain('Bake at 100 %');
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
    for (let i = 0; i < 4; i++) world.addTask(front, `front-${i}`, 'ecs-svc/9');
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
    world.clients = [];

    const id = await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'unrouted' });
    expect(world.split()).toEqual({ stable: ['ecs-svc/2'] });
    expect(world.ecs).toEqual(['CONTINUE']);
  });
});

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
    world.at(24_000, () => world.record(id, { kind: 'promote', at: world.now, actor: 'me' }));

    await world.run();

    expect(world.weights).toEqual([0, 500, 10_000, undefined]);
    expect(world.executions.get(id)?.path).toContain('Bake at 100 %');
    expect(world.rollout(id)).toMatchObject({ status: 'promoted', reason: 'me asked for promotion.' });
  });

  test('promotes out of a pause, and the pause does not come back', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2');
    world.at(24_000, () => world.record(id, { kind: 'pause', at: world.now, actor: 'me' }));
    world.at(60_000, () => world.record(id, { kind: 'promote', at: world.now, actor: 'me' }));

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
    const late = { ...world.deployments.get('ecs-svc/3'), createdAt: 5 } as never;

    const older = await world.deploy('ecs-svc/2');
    world.deployments.set('ecs-svc/3', {
      ...(world.deployments.get('ecs-svc/3') as never as object),
      status: 'inProgress',
    } as never);
    world.deployments.set('ecs-svc/2', late);
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
    world.firing = [{ name: '5xx', reason: 'too many' }];

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
      world.firing = [{ name: '5xx', reason: 'too many' }];
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
    world.isAlarmsDown = true;

    const id = await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.executions.get(id)?.path).toContain('Wait for weight 0 everywhere');
    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', reason: 'ThrottlingException: rate exceeded' });
    expect(world.split()).toEqual({ stable: ['ecs-svc/1'] });
  });

  test('a deployment that ECS has finished unseen is baked, not waited for at a hook that is over', async () => {
    const world = RolloutWorld.shop();
    const id = await world.deploy('ecs-svc/2', { greenMs: 0 });
    const found = world.deployments.get('ecs-svc/2');
    if (found !== undefined) world.deployments.set('ecs-svc/2', { ...found, status: 'successful' });
    world.addTask(orders, 'orders-2', 'ecs-svc/2');
    for (const task of world.tasks) if (task.task === 'orders-1') task.wanted = false;

    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'promoted', holds: 'guardedRolling' });
    expect(world.split()).toEqual({ stable: ['ecs-svc/2'] });
  });

  test('a deployment that ECS does not list is never given a weight, and its rollout ends', async () => {
    const world = RolloutWorld.shop();

    const id = await world.deploy('ecs-svc/2');
    world.deployments.clear();
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
    world.splits.clear();
    world.tasks.splice(2);

    const id = await world.deploy('ecs-svc/1', { isFirst: true });
    await world.run();

    expect(world.rollout(id).status).toBe('promoted');
    expect(world.ecs).toEqual(['CONTINUE']);
    expect(world.split()).toEqual({ stable: ['ecs-svc/1'] });
  });
});
