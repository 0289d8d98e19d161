import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Life, lived, lives } from '../support/rollout-histories.ts';
import type { RolloutWorld } from '../support/rollout-world.ts';

/** Holds for the world that any life leaves behind. */
const holds = (check: (world: RolloutWorld, life: Life) => void) =>
  fc.assert(
    fc.asyncProperty(lives, async (life) => check(await lived(life), life)),
    { numRuns: Number(process.env['RUNS'] ?? 150) },
  );

test('every history ends: each rollout in a defined state, each execution succeeded, no token left', async () => {
  await holds((world) => {
    for (const [name, { standing }] of world.executions) expect(standing, name).toEqual({ kind: 'succeeded' });
    for (const { id, status, phase, wait, endedAt, reason } of world.rollouts.values()) {
      expect(status, id).not.toBe('running');
      expect(phase, id).toBe('finished');
      expect(wait, id).toBeUndefined();
      expect(endedAt, id).toBeGreaterThan(0);
      expect(reason, id).not.toBe('');
    }
  });
});

test('no lock and no turn outlives its rollout', async () => {
  await holds((world) => {
    for (const { rollout } of world.lock.held.values()) expect(rollout).toBeUndefined();
    for (const held of world.turns.held.values()) expect([...held]).toEqual([]);
  });
});

test('weights always sum: each is a whole number of basis points, the rest is stable’s', async () => {
  await holds((world) => {
    for (const weight of world.weights) {
      if (weight === undefined) continue;
      expect(Number.isInteger(weight)).toBe(true);
      expect(weight).toBeGreaterThanOrEqual(0);
      expect(weight).toBeLessThanOrEqual(10_000);
    }
  });
});

test('every history ends converged: no canary has a weight, one revision is stable where ECS holds', async () => {
  await holds((world, { hook, events }) => {
    for (const { split } of world.mesh.splits.values()) {
      expect(split.canary?.basisPoints ?? 0).toBe(0);
      expect(split.stable.length).toBeGreaterThan(0);
      if (hook && events.every(({ what }) => what !== 'newRolling')) expect(split.stable).toHaveLength(1);
    }
    const promoted = [...world.rollouts.values()].filter(
      ({ status }) => status === 'promoted' || status === 'unrouted',
    );
    const isStableAlive = world.tasks.some(({ task, wanted }) => task === 'orders-1' && wanted);
    const mine = promoted.filter(({ node }) => node.name === 'orders');
    if (mine.length === 0 && isStableAlive) expect(world.split()?.stable).toContain('ecs-svc/1');
  });
});

test('no weight is raised, and stable is given up, only when every sidecar has confirmed the weight before', async () => {
  await holds((world) => {
    for (const { steps, status, id } of world.rollouts.values()) {
      const confirmed = status === 'promoted' ? steps : steps.slice(0, -1);
      for (const { weight, requiredSidecars, ackedSidecars } of confirmed) {
        expect(ackedSidecars, `${id} at ${weight} %`).toBe(requiredSidecars);
        expect(ackedSidecars, `${id} at ${weight} %`).toBeGreaterThan(0);
      }
    }
  });
});

test('every step that is over has its evidence, and every word its line of history', async () => {
  await holds((world) => {
    for (const { id, status, steps, history } of world.rollouts.values()) {
      if (status === 'superseded' || status === 'failed' || status === 'unrouted') continue;
      for (const step of steps) expect(step.evidence, id).toBeDefined();
      expect(history[0]?.what).toBe('started');
      expect(history.filter(({ what }) => what === status)).toHaveLength(1);
      expect(history.map(({ at }) => at)).toEqual(history.map(({ at }) => at).sort((a, b) => a - b));
    }
  });
});
