import { describe, expect, test } from 'vitest';
import type { OnInconclusive, Policy, PolicyStep } from '#rollouts/types.ts';
import { RolloutWorld } from '../support/rollout-world.ts';

/** A shop whose steps ask for 100 requests in 10 s at least and 60 s at most. */
function askingShop(onInconclusive: OnInconclusive = 'rollback', more: Partial<Policy> = {}): RolloutWorld {
  const world = RolloutWorld.shop();
  const step = (weight: number): PolicyStep => ({ weight, seconds: 10, maxSeconds: 60, minRequests: 100 });
  world.policy = { ...world.policy, steps: [step(50), step(100)], onInconclusive, ...more };
  return world;
}

const busy = { stable: [10, 0], canary: [20, 0] } as { stable: [number, number]; canary: [number, number] };

describe('a step that asks for requests', () => {
  test('ends when they came, after its shortest time and long before its longest', async () => {
    const world = askingShop();
    const id = await world.deploy('ecs-svc/2');
    world.traffic(id, 200, busy);
    await world.run();

    const { status, steps } = world.rollout(id);
    expect(status).toBe('promoted');
    const lasted = ((steps[1]?.appliedAt ?? 0) - (steps[0]?.appliedAt ?? 0)) / 1000;
    expect(lasted).toBeGreaterThanOrEqual(10);
    expect(lasted).toBeLessThan(15);
  });

  test('keeps what was seen in it, apart from what came before', async () => {
    const world = askingShop();
    const id = await world.deploy('ecs-svc/2');
    world.traffic(id, 200, busy);
    await world.run();

    const [first, second] = world.rollout(id).steps.map(({ evidence }) => evidence);
    expect(first?.canary.requests).toBeGreaterThanOrEqual(100);
    expect(second?.canary.requests).toBeGreaterThanOrEqual(100);
    expect(second?.canary.requests).toBeLessThan(500);
    expect(second?.eValue).toBeLessThan(100);
  });

  test.each([
    ['rollback', 'rolledBack'],
    ['promote', 'promoted'],
  ] as const)('and gets none, as a service without traffic, ends as the policy says: %s', async (say, status) => {
    const world = askingShop(say);
    const id = await world.deploy('ecs-svc/2');
    await world.run();

    expect(world.rollout(id).status).toBe(status);
    if (say === 'rollback') expect(world.rollout(id).reason).toContain('50 % was inconclusive: only 0 of 100 requests');
  });

  test('is extended once, then waits for a person, and that has an end', async () => {
    const world = askingShop('extend');
    const id = await world.deploy('ecs-svc/2');
    await world.run(110_000);
    expect(world.rollout(id).phase).toBe('observing');
    await world.run(60_000);
    expect(world.rollout(id)).toMatchObject({ phase: 'paused', weight: 50 });

    await world.run();

    expect(world.rollout(id)).toMatchObject({ status: 'rolledBack', reason: 'The rollout stayed paused too long.' });
  });

  test('pauses for a person, whose promotion lets it go on', async () => {
    const world = askingShop('pause');
    const id = await world.deploy('ecs-svc/2');
    await world.run(120_000);
    expect(world.rollout(id)).toMatchObject({ phase: 'paused', weight: 50 });
    expect(world.announced.map(({ what }) => what)).toContain('Rollout Paused');

    expect(await world.say(id, 'promote')).toBe(202);
    await world.run(5000);
    expect(world.rollout(id).weight).toBe(100);
    await world.run(120_000);
    expect(await world.say(id, 'promote')).toBe(202);
    await world.run();

    expect(world.rollout(id).status).toBe('promoted');
  });

  test('pauses for a person, who has it watched once more by resuming it', async () => {
    const world = askingShop('pause');
    const id = await world.deploy('ecs-svc/2');
    await world.run(120_000);

    expect(await world.say(id, 'resume')).toBe(202);
    world.traffic(id, 200, busy);
    await world.run();

    expect(world.rollout(id).status).toBe('promoted');
  });
});

test('a policy that asks for confidence leaves a step only when the margin is shown', async () => {
  const world = askingShop('rollback', { confidence: { marginPercent: 20 } });
  const id = await world.deploy('ecs-svc/2');
  world.traffic(id, 200, busy);
  await world.run();

  const { status, steps } = world.rollout(id);
  expect(status).toBe('promoted');
  for (const { evidence } of steps) expect(evidence?.upperBound).toBeLessThanOrEqual(0.2);
});

test('a step notes what made the rollout turn back in it', async () => {
  const world = RolloutWorld.shop();
  const id = await world.deploy('ecs-svc/2');
  world.at(24_000, () => world.record(id, { kind: 'alarm', at: world.now, reason: 'Alarm 5xx is in ALARM' }));
  await world.run();

  expect(world.rollout(id).steps[0]?.evidence).toMatchObject({ tippedBy: 'alarm' });
});
