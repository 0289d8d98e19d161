import fc from 'fast-check';
import type { Fact } from '#rollouts/rollout.ts';
import type { Policy } from '#rollouts/types.ts';
import { quickPolicy, RolloutWorld } from './rollout-world.ts';
import { front, orders, type WorldTask } from './rollout-world-mesh.ts';

/** Something that may happen to a rollout at any moment. */
type Happening = (world: RolloutWorld, id: string) => unknown;

const payments = { ...orders, name: 'payments' };

const fact =
  (make: (at: number) => Fact): Happening =>
  (world, id) =>
    world.record(id, make(world.now));

const says =
  (verb: Parameters<RolloutWorld['say']>[1], more: Parameters<RolloutWorld['say']>[2] = {}): Happening =>
  (world, id) =>
    world.say(id, verb, more);

function each(world: RolloutWorld, name: string, act: (task: WorldTask) => void): void {
  for (const task of world.tasks) if (task.task === name) act(task);
}

const leaves = (world: RolloutWorld, name: string) =>
  each(world, name, (task) => Object.assign(task, { wanted: false, ready: false }));

const happenings: Readonly<Record<string, Happening>> = {
  verdict: fact((at) => ({ kind: 'verdict', at, reason: 'canary failed' })),
  alarm: fact((at) => ({ kind: 'alarm', at, reason: 'alarm' })),
  ended: fact((at) => ({ kind: 'ended', at, reason: 'ended by ECS' })),
  rollback: says('rollback'),
  promote: says('promote'),
  full: says('promote', { query: { full: 'true' } }),
  skip: says('skip-step'),
  weight0: says('set-weight', { body: { weight: 0 } }),
  weight40: says('set-weight', { body: { weight: 40 } }),
  weight100: says('set-weight', { body: { weight: 100 } }),
  pause: says('pause'),
  resume: says('resume'),
  approve: says('approve'),
  deny: says('deny'),
  wake: (world, id) => world.wake(id),
  traffic: (world, id) => world.traffic(id, 20, { stable: [20, 0], canary: [9, 0] }),
  alarmFires: (world) => {
    world.alarms.firing = [{ name: '5xx', reason: 'too many' }];
  },
  alarmIsOver: (world, id) => {
    world.alarms.firing = [];
    return world.wake(id);
  },
  newDeployment: (world) => world.deploy(`ecs-svc/${10 + world.rollouts.size}`),
  newRolling: (world) => world.deploy(`ecs-svc/${10 + world.rollouts.size}`, { hook: false }),
  otherService: (world) => world.deploy(`ecs-svc/${50 + world.rollouts.size}`, { node: payments }),
  fallsSilent: (world) => each(world, 'front-a', (task) => Object.assign(task, { ackDelayMs: undefined })),
  speaksAgain: (world) => each(world, 'front-a', (task) => Object.assign(task, { ackDelayMs: 20 })),
  refuses: (world) => each(world, 'front-b', (task) => Object.assign(task, { rejects: true })),
  leaves: (world) => {
    leaves(world, 'front-b');
    return world.wakeWaiting(front);
  },
  joins: (world) => void world.mesh.add(front, `front-${world.tasks.length}`, 'ecs-svc/9', { appliedRev: 99 }),
  canaryDies: (world) => {
    leaves(world, 'orders-2');
    return world.wakeWaiting(orders);
  },
  stableDies: (world) => {
    leaves(world, 'orders-1');
    return world.wakeWaiting(orders);
  },
  functionsDie: (world) => {
    for (const name of ['ShiftWeightArn', 'AwaitSignalArn', 'ReleaseDeploymentArn', 'FinishRolloutArn'])
      world.broken.set(name, 3);
  },
  shiftIsDown: (world) => void world.broken.set('ShiftWeightArn', 7),
};

const gate = { expirySeconds: 60 };
const asking = { weight: 50, seconds: 10, maxSeconds: 30, minRequests: 60 };
const audience = { header: { name: 'x-beta', match: { exact: 'yes' } } };

/** Policies that lead through every state of the machine; the world begins at 00:16:40 UTC on a Thursday. */
const policies: Readonly<Record<string, Partial<Policy>>> = {
  canary: {},
  gates: { gates: { start: gate, promotion: { ...gate, onExpiry: 'approve' } } },
  gateInMidst: { steps: [5, 50, 100].map((weight) => ({ weight, seconds: 10, gate })) },
  window: { windows: [{ days: ['thu'], from: '00:20', to: '00:25', timeZone: 'UTC' }] },
  freeze: { freezes: [{ from: '1970-01-01T00:00:00Z', to: '1970-01-01T00:18:00Z', reason: 'early' }] },
  turns: { concurrency: { maxRollouts: 1 } },
  alarms: { alarms: ['5xx'], alarmWaitSeconds: 45 },
  extend: { steps: [asking, { ...asking, weight: 100 }], onInconclusive: 'extend' },
  promote: { steps: [asking, { ...asking, weight: 100 }], onInconclusive: 'promote' },
  rollback: { steps: [asking, { ...asking, weight: 100 }], onInconclusive: 'rollback' },
  confidence: { steps: [asking, { ...asking, weight: 100 }], confidence: { marginPercent: 30 } },
  linear: { strategy: 'linear', linear: { stepPercent: 40, seconds: 10 } },
  blueGreen: { strategy: 'blueGreen' },
  abTest: { strategy: 'abTest', abTest: { audience, weight: 100, seconds: 10, gate } },
  mirror: { strategy: 'mirror', mirror: { percent: 50, seconds: 10 } },
  off: { strategy: 'off' },
  dryRun: { dryRun: true },
};

/** A life: what it is rolled out by, whether ECS holds it and how long, and what happens when. */
export const lives = fc.record({
  policy: fc.constantFrom(...Object.keys(policies)),
  hook: fc.boolean(),
  hookMs: fc.option(fc.integer({ min: 70_000, max: 300_000 }), { nil: undefined }),
  events: fc.array(
    fc.record({ at: fc.integer({ min: 0, max: 150_000 }), what: fc.constantFrom(...Object.keys(happenings)) }),
    { maxLength: 10 },
  ),
});

export type Life = typeof lives extends fc.Arbitrary<infer L> ? L : never;

/** The world after a life: nothing is left to happen. */
export async function lived({ policy, hook, hookMs, events }: Life): Promise<RolloutWorld> {
  const world = RolloutWorld.shop();
  world.serve(payments, 'ecs-svc/7');
  world.policy = { ...quickPolicy, ...policies[policy] };
  const id = await world.deploy('ecs-svc/2', { hook, ...(hookMs === undefined ? {} : { hookMs }) });
  for (const { at, what } of events) world.at(at, async () => void (await happenings[what]?.(world, id)));
  await world.run();
  return world;
}
