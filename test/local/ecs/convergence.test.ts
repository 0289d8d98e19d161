import type { DeploymentConfiguration, DeploymentLifecycleHook } from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isHealthy } from '../../../local/ecs/schedule.ts';
import { activeDeployment, isFinal, strategyOf } from '../../../local/ecs/state.ts';
import { SimulatedService, type Step } from './simulated-service.ts';

type Happening = (world: SimulatedService) => void;

const configuration: fc.Arbitrary<DeploymentConfiguration> = fc.oneof(
  fc.record({
    strategy: fc.constant('ROLLING' as const),
    minimumHealthyPercent: fc.constantFrom(0, 50, 100),
    maximumPercent: fc.constantFrom(200, 300),
    deploymentCircuitBreaker: fc.constantFrom({ enable: false, rollback: false }, { enable: true, rollback: true }),
  }),
  fc.record({
    strategy: fc.constant('BLUE_GREEN' as const),
    bakeTimeInMinutes: fc.constantFrom(0, 5),
    lifecycleHooks: fc.constantFrom<DeploymentLifecycleHook[]>(
      [],
      [{ targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP'] }],
      [{ targetType: 'PAUSE', lifecycleStages: ['PRE_SCALE_UP', 'POST_SCALE_UP'] }],
    ),
  }),
);

const HAPPENINGS: Record<string, fc.Arbitrary<Happening>> = {
  deploy: fc.constantFrom('orders:1', 'orders:2', 'orders:3').map((definition) => (world) => world.deploy(definition)),
  scale: fc.integer({ min: 0, max: 5 }).map((count) => (world) => world.scale(count)),
  reconcile: fc.constant((world) => void world.reconcile()),
  progress: fc.constant((world) => world.progress()),
  crash: fc.nat(20).map((nth) => (world) => world.crash(world.alive[nth % Math.max(1, world.alive.length)]?.id ?? '')),
  sicken: fc.nat(20).map((nth) => (world) => {
    const task = world.alive[nth % Math.max(1, world.alive.length)];
    if (task) task.unhealthy = true;
  }),
  continue: fc.constant((world) => world.resolveHook('SUCCEEDED')),
  refuse: fc.constant((world) => world.resolveHook('FAILED')),
  rollBack: fc.constant((world) => world.stopDeployment('ROLLBACK')),
  abort: fc.constant((world) => world.stopDeployment('ABORT')),
  reconfigure: configuration.map((given) => (world) => world.configure(given)),
  wait: fc.integer({ min: 1, max: 20 * 60_000 }).map((ms) => (world) => {
    world.now += ms;
  }),
};

const sequence = fc.tuple(configuration, fc.array(fc.oneof(...Object.values(HAPPENINGS)), { maxLength: 40 }));

function play([settings, happenings]: [DeploymentConfiguration, Happening[]]): SimulatedService {
  const world = new SimulatedService(settings);
  world.deploy();
  for (const happen of happenings) happen(world);
  return world;
}

/** Nobody interferes any more: hooks are continued, tasks stay up. */
function comeToRest(world: SimulatedService): void {
  for (let round = 0; round < 50; round++) {
    world.settle();
    if (!activeDeployment(world.service)) return;
    world.resolveHook('SUCCEEDED');
  }
}

describe('any sequence of deployments, crashes, pauses, rollbacks and scaling', () => {
  test('followed by one undisturbed deployment ends with the desired count of exactly that revision', () => {
    fc.assert(
      fc.property(sequence, (input) => {
        const world = play(input);
        world.deploy('orders:9');
        comeToRest(world);
        const { target } = world.deployment;
        expect(world.running).toEqual(Array.from({ length: world.service.desiredCount }, () => target));
        expect(world.deployment.status).toBe('SUCCESSFUL');
      }),
      { numRuns: 500 },
    );
  });

  test('left alone ends with the desired count of exactly one revision, unless somebody aborted or nothing ever worked', () => {
    fc.assert(
      fc.property(sequence, (input) => {
        const world = play(input);
        comeToRest(world);
        const last = world.deployment.status;
        expect(isFinal(last)).toBe(true);
        fc.pre(last === 'SUCCESSFUL' || last === 'ROLLBACK_SUCCESSFUL');
        const { stable, desiredCount } = world.service;
        expect(world.running).toEqual(Array.from({ length: desiredCount }, () => stable));
      }),
      { numRuns: 500 },
    );
  });

  test('never breaks the rules of its strategy on the way', () => {
    fc.assert(
      fc.property(sequence, (input) => {
        const world = play(input);
        comeToRest(world);
        for (const step of world.steps) checkStep(step);
        expect(world.service.deployments.filter(({ status }) => !isFinal(status))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('never lets an ended deployment change again', () => {
    fc.assert(
      fc.property(sequence, (input) => {
        const world = play(input);
        comeToRest(world);
        const statuses = new Map<string, string>();
        for (const { decision } of world.steps) {
          for (const { id, status } of decision.service.deployments) {
            const before = statuses.get(id);
            if (before !== undefined) expect(status).toBe(before);
            if (isFinal(status)) statuses.set(id, status);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

function checkStep(step: Step): void {
  const deployment = activeDeployment(step.decision.service);
  if (!deployment) return;
  if (strategyOf(deployment.configuration) === 'ROLLING') checkPercents(step);
  else if (!deployment.rollback && deployment.stage !== 'CLEAN_UP') checkBlueStays(step);
}

/** Starts never exceed the maximum percent, and stops never take healthy tasks below the minimum. */
function checkPercents({ tasks, decision, now }: Step): void {
  const { desiredCount, configuration } = decision.service;
  const stopped = new Set(decision.stops.map(({ task }) => task));
  const alive = tasks.filter((task) => task.desired === 'RUNNING' && !(task.unhealthy && stopped.has(task.id)));
  const started = decision.starts.reduce((sum, { count }) => sum + count, 0);
  const ceiling = Math.floor((desiredCount * (configuration.maximumPercent ?? 200)) / 100);
  if (started > 0) expect(alive.length + started).toBeLessThanOrEqual(ceiling);
  const floor = Math.ceil((desiredCount * (configuration.minimumHealthyPercent ?? 100)) / 100);
  const healthy = alive.filter((task) => isHealthy(task, now));
  const left = healthy.filter((task) => !stopped.has(task.id)).length;
  expect(left).toBeGreaterThanOrEqual(Math.min(floor, healthy.length));
}

/** Until clean-up, a healthy task of the stable revision is stopped only because the service was scaled down. */
function checkBlueStays({ tasks, decision, now }: Step): void {
  const { stable, desiredCount } = decision.service;
  const stopped = new Set(decision.stops.map(({ task }) => task));
  const blue = tasks.filter((task) => task.revision === stable && isHealthy(task, now) && !task.unhealthy);
  const left = blue.filter((task) => !stopped.has(task.id)).length;
  expect(left).toBeGreaterThanOrEqual(Math.min(blue.length, desiredCount));
}
