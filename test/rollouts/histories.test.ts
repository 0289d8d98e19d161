import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fact } from '#rollouts/rollout.ts';
import { RolloutWorld } from '../support/rollout-world.ts';
import { front, orders, type WorldTask } from '../support/rollout-world-mesh.ts';

type Happening = (world: RolloutWorld, id: string) => unknown;

const fact =
  (make: (at: number) => Fact): Happening =>
  (world, id) =>
    world.record(id, make(world.now));
const each = (world: RolloutWorld, name: string, act: (task: WorldTask) => void) => {
  for (const task of world.tasks) if (task.task === name) act(task);
};

/** What may happen to a rollout at any moment. */
const happenings: Readonly<Record<string, Happening>> = {
  verdict: fact((at) => ({ kind: 'verdict', at, reason: 'canary failed' })),
  alarm: fact((at) => ({ kind: 'alarm', at, reason: 'alarm' })),
  ended: fact((at) => ({ kind: 'ended', at, reason: 'ended by ECS' })),
  rollback: fact((at) => ({ kind: 'rollback', at, actor: 'me' })),
  promote: (world, id) => world.say(id, 'promote'),
  pause: fact((at) => ({ kind: 'pause', at, actor: 'me' })),
  resume: fact((at) => ({ kind: 'resume', at, actor: 'me' })),
  wake: (world, id) => world.wake(id),
  newDeployment: (world) => world.deploy(`ecs-svc/${10 + world.rollouts.size}`),
  newRolling: (world) => world.deploy(`ecs-svc/${10 + world.rollouts.size}`, { hook: false }),
  falls_silent: (world) => each(world, 'front-a', (task) => Object.assign(task, { ackDelayMs: undefined })),
  speaks_again: (world) => each(world, 'front-a', (task) => Object.assign(task, { ackDelayMs: 20 })),
  refuses: (world) => each(world, 'front-b', (task) => Object.assign(task, { rejects: true })),
  leaves: (world) => {
    each(world, 'front-b', (task) => Object.assign(task, { wanted: false, ready: false }));
    return world.wakeWaiting(front);
  },
  joins: (world) => void world.mesh.add(front, `front-${world.tasks.length}`, 'ecs-svc/9', { appliedRev: 99 }),
  canaryDies: (world) => {
    each(world, 'orders-2', (task) => Object.assign(task, { wanted: false, ready: false }));
    return world.wakeWaiting(orders);
  },
  stableDies: (world) => {
    each(world, 'orders-1', (task) => Object.assign(task, { wanted: false, ready: false }));
    return world.wakeWaiting(orders);
  },
  functionsDie: (world) => {
    for (const name of ['ShiftWeightArn', 'AwaitSignalArn', 'ReleaseDeploymentArn', 'FinishRolloutArn'])
      world.broken.set(name, 3);
  },
  shiftIsDown: (world) => void world.broken.set('ShiftWeightArn', 7),
};

const history = fc.array(
  fc.record({ at: fc.integer({ min: 0, max: 90_000 }), what: fc.constantFrom(...Object.keys(happenings)) }),
  { maxLength: 8 },
);

async function live(events: readonly { at: number; what: string }[], hook: boolean): Promise<RolloutWorld> {
  const world = RolloutWorld.shop();
  const id = await world.deploy('ecs-svc/2', { hook });
  for (const { at, what } of events) world.at(at, async () => void (await happenings[what]?.(world, id)));
  await world.run();
  return world;
}

test('every history ends: each rollout in a defined state, each execution succeeded', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.boolean(), async (events, hook) => {
      const world = await live(events, hook);

      for (const [name, { standing }] of world.executions) expect(standing, name).toEqual({ kind: 'succeeded' });
      for (const { id, status, phase } of world.rollouts.values()) {
        expect(status, id).not.toBe('running');
        expect(phase, id).toBe('finished');
      }
    }),
    { numRuns: Number(process.env['RUNS'] ?? 100) },
  );
});

test('no history leaves a weight on a canary whose rollout has ended', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.boolean(), async (events, hook) => {
      const world = await live(events, hook);

      expect(world.split()?.canary?.basisPoints ?? 0).toBe(0);
      expect(world.split()?.stable.length).toBeGreaterThan(0);
      const promoted = [...world.rollouts.values()].filter(
        ({ status }) => status === 'promoted' || status === 'unrouted',
      );
      const stable = world.split()?.stable ?? [];
      const isStableAlive = world.tasks.some(({ task, wanted }) => task === 'orders-1' && wanted);
      if (promoted.length === 0 && isStableAlive) expect(stable).toContain('ecs-svc/1');
    }),
    { numRuns: Number(process.env['RUNS'] ?? 100) },
  );
});

test('no history raises a weight before every sidecar has confirmed the one before', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.boolean(), async (events, hook) => {
      const world = await live(events, hook);

      for (const { steps } of world.rollouts.values())
        for (const { weight, requiredSidecars, ackedSidecars } of steps.slice(0, -1)) {
          expect(ackedSidecars, `${weight} %`).toBe(requiredSidecars);
          expect(ackedSidecars, `${weight} %`).toBeGreaterThan(0);
        }
    }),
    { numRuns: Number(process.env['RUNS'] ?? 100) },
  );
});
