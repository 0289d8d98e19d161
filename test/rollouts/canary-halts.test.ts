import { describe, expect, test } from 'vitest';
import type { Gate } from '#rollouts/types.ts';
import { RolloutWorld } from '../support/rollout-world.ts';
import { orders } from '../support/rollout-world-mesh.ts';

const payments = { ...orders, name: 'payments' };
const gate: Gate = { expirySeconds: 600, approvers: ['arn:aws:iam::111122223333:role/release-*'] };
const approver = 'arn:aws:sts::111122223333:assumed-role/release-manager/alice';

/** A shop whose start waits for an approval. */
function gatedShop(more: Partial<Gate> = {}): RolloutWorld {
  const world = RolloutWorld.shop();
  world.policy = { ...world.policy, gates: { start: { ...gate, ...more } } };
  return world;
}

describe('a gate before the start', () => {
  test('holds the first weight until one of its approvers approves, and says who did', async () => {
    const world = gatedShop();
    const id = await world.deploy('ecs-svc/2');
    await world.run(120_000);
    expect(world.rollout(id)).toMatchObject({ phase: 'awaitingApproval', steps: [] });
    expect(world.announced.map(({ what }) => what)).toContain('Rollout Approval Needed');

    expect(await world.say(id, 'approve', { actor: approver })).toBe(202);
    await world.run();

    expect(world.rollout(id).status).toBe('promoted');
    expect(world.rollout(id).halts).toEqual([
      expect.objectContaining({ on: 'gates.start', end: 'approved', actor: approver }),
    ]);
    expect(world.rollout(id).history.map(({ what }) => what)).toContain('approve');
  });

  test('is opened by nobody else', async () => {
    const world = gatedShop();
    const id = await world.deploy('ecs-svc/2');
    await world.run(120_000);

    expect(await world.say(id, 'approve', { actor: 'arn:aws:iam::111122223333:user/mallory' })).toBe(403);
    expect(await world.say(id, 'promote')).toBe(409);
    expect(world.rollout(id).phase).toBe('awaitingApproval');
  });

  test('that is denied takes the deployment back without a weight', async () => {
    const world = gatedShop();
    const id = await world.deploy('ecs-svc/2');
    await world.run(120_000);

    expect(await world.say(id, 'deny', { actor: approver })).toBe(202);
    await world.run();

    expect(world.rollout(id)).toMatchObject({
      status: 'rolledBack',
      reason: `${approver} denied gates.start.`,
      steps: [],
    });
    expect(world.ecs).toEqual(['ROLLBACK']);
  });

  test.each([
    ['deny', 'rolledBack', 'Nobody approved gates.start in time.'],
    ['approve', 'promoted', 'All steps passed: ecs-svc/2 is the stable variant.'],
  ] as const)('that nobody answers does what its policy says: %s', async (onExpiry, status, reason) => {
    const world = gatedShop({ onExpiry });
    const id = await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.rollout(id)).toMatchObject({ status, reason });
  });

  test('does not stop the judge', async () => {
    const world = gatedShop();
    const id = await world.deploy('ecs-svc/2');
    await world.run(120_000);

    await world.record(id, { kind: 'verdict', at: world.now, reason: 'bad' });
    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', reason: 'bad' });
  });

  test('gives up a minute before ECS would end its hook by itself', async () => {
    const world = gatedShop({ expirySeconds: 86_400 });
    const id = await world.deploy('ecs-svc/2', { hookMs: 600_000 });
    const latest = world.now + 600_000;
    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack' });
    expect(world.rollout(id).endedAt).toBeLessThan(latest);
    expect(world.rollout(id).endedAt).toBeGreaterThan(latest - 70_000);
  });
});

describe('a gate in mid-canary', () => {
  test('stands before its step and before no other one', async () => {
    const world = RolloutWorld.shop();
    const steps = [5, 50, 100].map((weight) => ({ weight, seconds: 10 }));
    world.policy = { ...world.policy, steps: steps.map((step, i) => (i === 1 ? { ...step, gate } : step)) };
    const id = await world.deploy('ecs-svc/2');
    await world.run(120_000);
    expect(world.rollout(id)).toMatchObject({ phase: 'awaitingApproval', weight: 5 });

    await world.say(id, 'approve', { actor: approver });
    await world.run();

    expect(world.rollout(id).status).toBe('promoted');
    expect(world.weights).toEqual([0, 500, 5000, 10_000, undefined]);
  });

  test('is not passed by a full promotion or a weight of somebody’s own', async () => {
    const world = RolloutWorld.shop();
    const steps = [5, 50, 100].map((weight) => ({ weight, seconds: 10 }));
    world.policy = { ...world.policy, steps: steps.map((step, i) => (i === 1 ? { ...step, gate } : step)) };
    const id = await world.deploy('ecs-svc/2');
    world.at(22_000, async () => void (await world.say(id, 'set-weight', { body: { weight: 60 } })));
    await world.run(120_000);
    expect(world.rollout(id)).toMatchObject({ phase: 'awaitingApproval', weight: 5 });

    await world.say(id, 'approve', { actor: approver });
    await world.run();

    expect(world.weights).toEqual([0, 500, 6000, 10_000, undefined]);
  });

  test('before the promotion stands after the bake, and a denial still finds the old revision at full scale', async () => {
    const world = RolloutWorld.shop();
    world.policy = { ...world.policy, gates: { promotion: gate } };
    const id = await world.deploy('ecs-svc/2');
    await world.run(200_000);
    expect(world.rollout(id)).toMatchObject({ phase: 'awaitingApproval', weight: 100 });

    await world.say(id, 'deny', { actor: approver });
    await world.run();

    expect(world.rollout(id).status).toBe('rolledBack');
    expect(world.ecs).toEqual(['ROLLBACK']);
    expect(world.split()).toEqual({ stable: ['ecs-svc/1'] });
  });
});

describe('windows and freezes', () => {
  // The world begins on 1970-01-01, a Thursday, at 00:16:40 UTC.
  const window = { days: ['thu'], from: '01:00', to: '02:00', timeZone: 'UTC' } as const;

  test('hold the first weight until a window opens', async () => {
    const world = RolloutWorld.shop();
    world.policy = { ...world.policy, windows: [window] };
    const id = await world.deploy('ecs-svc/2');
    await world.run(300_000);
    expect(world.rollout(id)).toMatchObject({ phase: 'awaitingWindow', steps: [] });

    await world.run();

    expect(world.rollout(id).status).toBe('promoted');
    const first = world.rollout(id).steps[0]?.appliedAt ?? 0;
    expect(first).toBeGreaterThanOrEqual(3_600_000);
    expect(first).toBeLessThan(3_660_000);
  });

  test('that ECS’s hook does not outlast take the deployment back with the reason', async () => {
    const world = RolloutWorld.shop();
    const freezes = [{ from: '1970-01-01T00:00:00Z', to: '1970-02-01T00:00:00Z', reason: 'month end' }];
    world.policy = { ...world.policy, freezes };
    const id = await world.deploy('ecs-svc/2', { hookMs: 3_600_000 });
    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', steps: [] });
    expect(world.rollout(id).reason).toContain('month end');
  });

  test('are no reason to keep an older rollout when a newer deployment comes', async () => {
    const world = RolloutWorld.shop();
    world.policy = { ...world.policy, windows: [window] };
    const older = await world.deploy('ecs-svc/2');
    let newer = '';
    world.at(60_000, async () => {
      newer = await world.deploy('ecs-svc/3');
    });
    await world.run();

    expect(world.rollout(older).status).toBe('superseded');
    expect(world.rollout(newer).status).toBe('promoted');
  });
});

describe('turns', () => {
  test('let so many rollouts of a mesh have a weight at once, the next as soon as one has ended', async () => {
    const world = RolloutWorld.shop();
    world.serve(payments, 'ecs-svc/7');
    world.policy = { ...world.policy, concurrency: { maxRollouts: 1 } };
    const first = await world.deploy('ecs-svc/2');
    await world.run(1000);
    const second = await world.deploy('ecs-svc/8', { node: payments });
    await world.run(40_000);
    expect(world.rollout(second)).toMatchObject({ phase: 'awaitingTurn', steps: [] });

    await world.run();

    const [one, other] = [world.rollout(first), world.rollout(second)];
    expect([one.status, other.status]).toEqual(['promoted', 'promoted']);
    const waited = (other.steps[0]?.appliedAt ?? 0) - (one.endedAt ?? 0);
    expect(waited).toBeGreaterThanOrEqual(0);
    expect(waited).toBeLessThan(5000);
    expect([...(world.turns.held.get('shop') ?? [])]).toEqual([]);
  });

  test('of a rollout that died without giving it back are nobody’s', async () => {
    const world = RolloutWorld.shop();
    world.policy = { ...world.policy, concurrency: { maxRollouts: 1 } };
    world.turns.held.set('shop', new Set(['dep-gone']));

    const id = await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.rollout(id).status).toBe('promoted');
  });
});

describe('an alarm at the start', () => {
  test('that does not exist refuses the start, whatever the policy waits for', async () => {
    const world = RolloutWorld.shop();
    world.policy = { ...world.policy, alarms: ['typo'], alarmWaitSeconds: 600 };
    world.alarms.missing.add('typo');
    const id = await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', steps: [] });
    expect(world.rollout(id).reason).toBe('The policy’s alarm typo does not exist: it guards nothing.');
  });

  test('that fires is waited for as long as the policy says, then the canary gets its weight', async () => {
    const world = RolloutWorld.shop();
    world.policy = { ...world.policy, alarms: ['5xx'], alarmWaitSeconds: 600 };
    world.alarms.firing = [{ name: '5xx', reason: 'too many' }];
    const id = await world.deploy('ecs-svc/2');
    world.at(90_000, () => {
      world.alarms.firing = [];
      return world.wake(id);
    });
    await world.run(80_000);
    expect(world.rollout(id)).toMatchObject({ phase: 'awaitingAlarms', steps: [] });

    await world.run();

    expect(world.rollout(id)).toMatchObject({
      status: 'promoted',
      reason: 'All steps passed: ecs-svc/2 is the stable variant.',
    });
    expect(world.rollout(id).steps[0]?.appliedAt).toBeLessThan(1_100_000);
  });

  test('that goes on firing refuses it in the end', async () => {
    const world = RolloutWorld.shop();
    world.policy = { ...world.policy, alarms: ['5xx'], alarmWaitSeconds: 60 };
    world.alarms.firing = [{ name: '5xx', reason: 'too many' }];
    const id = await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.rollout(id)).toMatchObject({
      status: 'rolledBack',
      reason: 'Alarm 5xx is in ALARM: too many',
      steps: [],
    });
  });
});
