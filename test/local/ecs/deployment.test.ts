import type { DeploymentConfiguration } from '@aws-sdk/client-ecs';
import { describe, expect, test } from 'vitest';
import { breakerThreshold } from '../../../local/ecs/circuit-breaker.ts';
import { SimulatedService } from './simulated-service.ts';

const BLUE_GREEN: DeploymentConfiguration = { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0 };

function pausedAt(
  ...stages: NonNullable<DeploymentConfiguration['lifecycleHooks']>[number]['lifecycleStages'] & object
) {
  const timeoutConfiguration = { timeoutInMinutes: 10, action: 'ROLLBACK' as const };
  const hook = { targetType: 'PAUSE' as const, lifecycleStages: stages, timeoutConfiguration };
  return { ...BLUE_GREEN, lifecycleHooks: [hook] };
}

/** A service at rest with two tasks of revision 1. */
function stableService(configuration: DeploymentConfiguration, desiredCount = 2): SimulatedService {
  const world = new SimulatedService(configuration, desiredCount);
  world.deploy();
  world.settle();
  while (world.deployment.status === 'IN_PROGRESS') {
    world.resolveHook('SUCCEEDED');
    world.settle();
  }
  world.events.length = 0;
  return world;
}

describe('a rolling deployment', () => {
  test('replaces every task and completes only when the old ones have stopped', () => {
    const world = stableService({ strategy: 'ROLLING' });
    world.deploy('orders:2');
    world.reconcile();
    expect(world.running).toEqual(['1', '1', '2', '2']);
    for (const task of world.tasks) task.healthyAt ??= world.now;
    world.reconcile();
    expect(world.running).toEqual(['2', '2']);
    world.reconcile();
    expect(world.deployment.status).toBe('IN_PROGRESS');
    world.settle();
    expect(world.deployment.status).toBe('SUCCESSFUL');
    expect(world.service.stable).toBe('2');
  });

  test('keeps between minimum and maximum percent of the desired count', () => {
    const world = stableService({ minimumHealthyPercent: 50, maximumPercent: 100 }, 4);
    world.deploy('orders:2');
    world.reconcile();
    expect(world.running).toEqual(['1', '1']);
    world.reconcile();
    expect(world.running).toEqual(['1', '1', '2', '2']);
    world.settle();
    expect(world.running).toEqual(['2', '2', '2', '2']);
  });

  test('rolled back by request gets a new revision of the old task definition', () => {
    const world = stableService({ strategy: 'ROLLING' });
    world.deploy('orders:2');
    world.reconcile();
    world.stopDeployment('ROLLBACK');
    world.settle();
    expect(world.deployment.status).toBe('ROLLBACK_SUCCESSFUL');
    expect(world.deployment.rollback?.revision).toBe('3');
    expect(world.service.revisions.at(-1)).toMatchObject({ id: '3', taskDefinitionArn: 'orders:1' });
    expect(world.running).toEqual(['3', '3']);
  });

  test('superseded by a newer one stops, and the newer one replaces both', () => {
    const world = stableService({ strategy: 'ROLLING' });
    world.deploy('orders:2');
    world.reconcile();
    world.deploy('orders:3');
    world.settle();
    expect(world.service.deployments.map(({ status }) => status)).toEqual(['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']);
    expect(world.deployment.sources).toEqual(['1', '2']);
    expect(world.running).toEqual(['3', '3']);
  });
});

describe('a deployment that did not reach its end', () => {
  test('aborted leaves the tasks as they are and tops them up with the stable revision', () => {
    const world = stableService({ strategy: 'ROLLING', minimumHealthyPercent: 50, maximumPercent: 100 }, 4);
    world.deploy('orders:2');
    world.reconcile();
    world.reconcile();
    world.progress();
    expect(world.running).toEqual(['1', '1', '2', '2']);
    world.stopDeployment('ABORT');
    world.settle();
    expect(world.deployment.status).toBe('STOPPED');
    expect(world.running).toEqual(['1', '1', '2', '2']);
    world.crash(world.alive.find(({ revision }) => revision === '2')?.id ?? '');
    world.settle();
    expect(world.running).toEqual(['1', '1', '1', '2']);
  });

  test('rolled back with no candidate leaves the tasks it was to replace', () => {
    const world = new SimulatedService(pausedAt('POST_SCALE_UP'));
    world.deploy();
    world.settle();
    world.deploy('orders:2');
    world.settle();
    expect(world.deployment.sources).toEqual(['1']);
    world.resolveHook('FAILED');
    world.settle();
    expect(world.deployment.status).toBe('ROLLBACK_FAILED');
    expect(world.running).toEqual(['1', '1']);
  });

  test('puts the newest of several unproven revisions first among its sources', () => {
    const world = new SimulatedService(BLUE_GREEN);
    for (const definition of ['orders:1', 'orders:2', 'orders:3']) {
      world.deploy(definition);
      world.reconcile();
    }
    expect(world.deployment.sources[0]).toBe('2');
  });
});

describe('the circuit breaker', () => {
  const breaker = (rollback: boolean, more = {}) => ({ deploymentCircuitBreaker: { enable: true, rollback, ...more } });

  function crashUntilQuiet(world: SimulatedService): void {
    for (
      let round = 0;
      round < 20 && world.deployment.status === 'IN_PROGRESS' && !world.deployment.rollback;
      round++
    ) {
      world.now += 2_000;
      world.reconcile();
      for (const task of world.alive.filter(({ revision }) => revision === world.deployment.target))
        world.crash(task.id);
      world.reconcile();
    }
  }

  test('fails the deployment, says so, and rolls back to a new deployment id', () => {
    const world = stableService(breaker(true));
    world.deploy('orders:2');
    world.events.length = 0;
    crashUntilQuiet(world);
    expect(world.deployment).toMatchObject({
      status: 'ROLLBACK_IN_PROGRESS',
      statusReason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
      breaker: { status: 'TRIGGERED' },
    });
    world.settle();
    expect(world.deployment.status).toBe('ROLLBACK_SUCCESSFUL');
    const deployments = world.events.filter((event) => event.kind === 'deployment');
    expect(deployments).toEqual([
      {
        kind: 'deployment',
        name: 'SERVICE_DEPLOYMENT_FAILED',
        revision: '2',
        reason: 'ECS deployment circuit breaker: tasks failed to start.',
      },
      {
        kind: 'deployment',
        name: 'SERVICE_DEPLOYMENT_IN_PROGRESS',
        revision: '3',
        reason: 'ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.',
      },
      {
        kind: 'deployment',
        name: 'SERVICE_DEPLOYMENT_COMPLETED',
        revision: '3',
        reason: 'ECS deployment ecs-svc/3 completed.',
      },
    ]);
    expect(world.running).toEqual(['3', '3']);
  });

  test('without rollback only stops launching tasks, and the old ones serve on', () => {
    const world = stableService(breaker(false));
    world.deploy('orders:2');
    crashUntilQuiet(world);
    world.settle();
    expect(world.deployment.status).toBe('STOPPED');
    expect(world.running).toEqual(['1', '1']);
  });

  test('with nothing to roll back to ends ROLLBACK_FAILED', () => {
    const world = new SimulatedService(breaker(true));
    world.deploy();
    crashUntilQuiet(world);
    expect(world.deployment).toMatchObject({
      status: 'ROLLBACK_FAILED',
      statusReason: 'No rollback candidate was found to run the rollback.',
    });
  });

  test('forgets failures when a task becomes healthy, unless told not to', () => {
    for (const [resetOnHealthyTask, expected] of [
      [true, 0],
      [false, 1],
    ] as const) {
      const world = stableService(breaker(true, { resetOnHealthyTask }));
      world.deploy('orders:2');
      world.reconcile();
      world.crash(world.alive.find(({ revision }) => revision === '2')?.id ?? '');
      world.now += 1_000;
      world.progress();
      world.reconcile();
      expect(world.service.revisions[1]?.failedTasks).toBe(expected);
    }
  });

  test('does not count a task that was healthy before the failure as a recovery', () => {
    const world = stableService(breaker(true));
    world.deploy('orders:2');
    world.reconcile();
    world.progress();
    world.now += 1;
    world.crash(world.alive.find(({ revision }) => revision === '2')?.id ?? '');
    world.reconcile();
    expect(world.service.revisions[1]?.failedTasks).toBe(1);
  });

  test.each([
    [undefined, 2, 3],
    [undefined, 25, 13],
    [undefined, 1000, 200],
    [{ type: 'UNBOUNDED_PERCENT', value: 50 } as const, 2, 1],
    [{ type: 'UNBOUNDED_PERCENT', value: 50 } as const, 1000, 500],
    [{ type: 'COUNT', value: 7 } as const, 1000, 7],
  ])('with threshold %j at %i tasks trips at %i failures', (thresholdConfiguration, desired, expected) => {
    const configuration = breaker(true, thresholdConfiguration && { thresholdConfiguration });
    expect(breakerThreshold(configuration, desired)).toBe(expected);
  });
});

describe('a blue/green deployment', () => {
  test('goes through every stage in order and leaves green alone', () => {
    const world = stableService(pausedAt('PRE_SCALE_UP', 'POST_SCALE_UP', 'POST_PRODUCTION_TRAFFIC_SHIFT'));
    world.deploy('orders:2');
    const pauses: [string | undefined, string[]][] = [];
    for (let pause = 0; pause < 3; pause++) {
      world.settle();
      pauses.push([world.deployment.stage, world.running]);
      world.resolveHook('SUCCEEDED');
    }
    world.settle();
    expect(pauses).toEqual([
      ['PRE_SCALE_UP', ['1', '1']],
      ['POST_SCALE_UP', ['1', '1', '2', '2']],
      ['POST_PRODUCTION_TRAFFIC_SHIFT', ['1', '1', '2', '2']],
    ]);
    expect(world.running).toEqual(['2', '2']);
    expect(world.deployment).toMatchObject({ status: 'SUCCESSFUL', stage: 'CLEAN_UP' });
  });

  test('pauses on the deployment that creates the service, which has no source', () => {
    const world = new SimulatedService(pausedAt('POST_SCALE_UP'));
    world.deploy();
    world.settle();
    expect(world.deployment).toMatchObject({ status: 'IN_PROGRESS', stage: 'POST_SCALE_UP', sources: [] });
    expect(world.eventNames).toContain('HOOK_AWAITING_ACTION');
  });

  test('fires a hook after scale-up only when all of green is healthy', () => {
    const world = stableService(pausedAt('POST_SCALE_UP'));
    world.deploy('orders:2');
    for (let round = 0; round < 5; round++) world.reconcile();
    expect(world.running).toEqual(['1', '1', '2', '2']);
    expect(world.deployment.stage).toBe('SCALE_UP');
    world.progress();
    world.reconcile();
    expect(world.deployment.stage).toBe('POST_SCALE_UP');
  });

  test('waits for every hook of a stage', () => {
    const configuration = pausedAt('POST_SCALE_UP');
    const world = stableService({
      ...configuration,
      lifecycleHooks: [...configuration.lifecycleHooks, ...configuration.lifecycleHooks],
    });
    world.deploy('orders:2');
    world.settle();
    world.resolveHook('SUCCEEDED');
    world.settle();
    expect(world.deployment.stage).toBe('POST_SCALE_UP');
    world.resolveHook('SUCCEEDED');
    world.settle();
    expect(world.deployment.status).toBe('SUCCESSFUL');
  });

  test('rolled back at the pause stops green and relaunches no task of blue', () => {
    const world = stableService(pausedAt('POST_SCALE_UP'));
    const blue = world.alive.map(({ id }) => id);
    world.deploy('orders:2');
    world.settle();
    world.resolveHook('FAILED');
    world.settle();
    expect(world.alive.map(({ id }) => id)).toEqual(blue);
    expect(world.deployment).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL', rollback: { revision: '1' } });
    expect(world.service.primary).toBe('1');
    expect(world.events.filter((event) => event.kind === 'deployment').map(({ reason }) => reason)).toContain(
      'ECS deployment lifecycle hook: rolling back to deploymentId ecs-svc/1.',
    );
  });

  test.each([
    ['ROLLBACK', 'ROLLBACK_SUCCESSFUL', ['1', '1']],
    ['CONTINUE', 'SUCCESSFUL', ['2', '2']],
  ] as const)('takes the timeout action %s by itself when nobody answers', (action, status, running) => {
    const configuration = pausedAt('POST_SCALE_UP');
    for (const hook of configuration.lifecycleHooks) Object.assign(hook.timeoutConfiguration, { action });
    const world = stableService(configuration);
    world.deploy('orders:2');
    world.settle();
    const { wakeAt } = world.reconcile();
    expect(wakeAt).toBe(world.deployment.stageSince + 10 * 60_000);
    world.now = wakeAt ?? 0;
    world.settle();
    expect(world.eventNames).toContain('HOOK_TIMED_OUT');
    expect(world.deployment.status).toBe(status);
    expect(world.running).toEqual(running);
  });

  test('bakes with both revisions at full scale, and can still go back', () => {
    const world = stableService({ ...BLUE_GREEN, bakeTimeInMinutes: 5 });
    world.deploy('orders:2');
    for (let round = 0; round < 20 && world.deployment.stage !== 'BAKE_TIME'; round++) {
      world.reconcile();
      world.progress();
    }
    expect(world.reconcile().wakeAt).toBe(world.deployment.stageSince + 5 * 60_000);
    expect(world.running).toEqual(['1', '1', '2', '2']);
    world.stopDeployment('ROLLBACK');
    world.settle();
    expect(world.running).toEqual(['1', '1']);
  });

  test('rolled back during clean-up keeps green until blue is whole again', () => {
    const world = stableService(BLUE_GREEN);
    world.deploy('orders:2');
    for (let round = 0; round < 20; round++) {
      world.reconcile();
      if (world.deployment.stage === 'CLEAN_UP') break;
      world.progress();
    }
    expect(world.running).toEqual(['2', '2']);
    world.stopDeployment('ROLLBACK');
    world.reconcile();
    expect(world.running).toEqual(['1', '1', '2', '2']);
    world.settle();
    expect(world.running).toEqual(['1', '1']);
    expect(world.deployment.status).toBe('ROLLBACK_SUCCESSFUL');
  });

  test('superseded at the pause fails the open hook and reconciles before green starts', () => {
    const world = stableService(pausedAt('POST_SCALE_UP'));
    world.deploy('orders:2');
    world.settle();
    world.deploy('orders:3');
    world.reconcile();
    expect(world.deployment).toMatchObject({ stage: 'RECONCILE_SERVICE', sources: ['1', '2'] });
    expect(world.running).toEqual(['1', '1']);
    expect(world.service.deployments[1]).toMatchObject({ status: 'STOPPED', hooks: [{ status: 'FAILED' }] });
    world.settle();
    expect(world.running).toEqual(['1', '1', '3', '3']);
    world.resolveHook('SUCCEEDED');
    world.settle();
    expect(world.running).toEqual(['3', '3']);
  });

  test('of a create that is rolled back has no candidate and stops its tasks', () => {
    const world = new SimulatedService(pausedAt('POST_SCALE_UP'));
    world.deploy();
    world.settle();
    world.resolveHook('FAILED');
    world.settle();
    expect(world.deployment.status).toBe('ROLLBACK_FAILED');
    expect(world.running).toEqual([]);
  });

  test('scaled while paused scales blue and green alike', () => {
    const world = stableService(pausedAt('POST_SCALE_UP'));
    world.deploy('orders:2');
    world.settle();
    world.scale(3);
    world.settle();
    expect(world.running).toEqual(['1', '1', '1', '2', '2', '2']);
  });
});

describe('a service at rest', () => {
  test('replaces a crashed task only after the back-off, which doubles', () => {
    const world = stableService({}, 1);
    const delays = [0, 1, 2].map(() => {
      world.crash(world.alive[0]?.id ?? '');
      const { starts, wakeAt = 0 } = world.reconcile();
      expect(starts).toEqual([]);
      const delay = wakeAt - world.now;
      world.now = wakeAt;
      world.reconcile();
      expect(world.running).toEqual(['1']);
      return delay;
    });
    expect(delays).toEqual([100, 200, 400]);
    expect(world.eventNames.filter((name) => name === 'SERVICE_TASK_START_IMPAIRED')).toHaveLength(1);
  });

  test('starts the back-off anew once a task was healthy', () => {
    const world = stableService({}, 1);
    const delays = [0, 1].map(() => {
      world.crash(world.alive[0]?.id ?? '');
      const { wakeAt = 0 } = world.reconcile();
      const delay = wakeAt - world.now;
      world.now = wakeAt;
      world.settle();
      return delay;
    });
    expect(delays).toEqual([100, 100]);
  });

  test('scaled down loses the tasks that are not healthy first', () => {
    const world = stableService({}, 1);
    world.scale(2);
    world.reconcile();
    const [healthy] = world.alive.filter((task) => task.healthyAt !== undefined);
    world.scale(1);
    world.reconcile();
    expect(world.alive).toEqual([healthy]);
  });

  test('replaces a task that fails its health checks', () => {
    const world = stableService({});
    const [sick] = world.alive;
    if (sick) sick.unhealthy = true;
    const { stops } = world.reconcile();
    expect(stops).toEqual([{ task: sick?.id, reason: 'Task failed container health checks' }]);
    world.settle();
    expect(world.running).toEqual(['1', '1']);
  });

  test('announces its steady state once each time it reaches it', () => {
    const world = stableService({});
    world.reconcile();
    world.reconcile();
    expect(world.eventNames).toEqual([]);
    world.scale(3);
    world.settle();
    expect(world.eventNames).toEqual(['SERVICE_STEADY_STATE']);
  });
});
