import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sidecar } from '#rollouts/ports.ts';
import { repairs } from '#rollouts/repairs.ts';
import { ackProgress, isConfirmed, requiredSidecars } from '#rollouts/required-sidecars.ts';
import { node } from '../support/rollout.ts';

const sidecar = (task: string, more: Partial<Sidecar> = {}): Sidecar => ({
  proxy: node('front'),
  task,
  deployment: 'ecs-svc/9',
  wanted: true,
  appliedRev: 7,
  ackedAt: 100,
  ready: true,
  ...more,
});

const pushed = [{ proxy: node('front'), rev: 7 }];

describe('every sidecar', () => {
  test('is each task that ECS wants running, of the proxies pushed, ready or not', () => {
    const tasks = [
      sidecar('a'),
      sidecar('starting', { ready: false, appliedRev: 0 }),
      sidecar('stopping', { wanted: false }),
      sidecar('other', { proxy: node('payments') }),
    ];

    expect(requiredSidecars(pushed, tasks).map(({ task, rev }) => [task, rev])).toEqual([
      ['a', 7],
      ['starting', 7],
    ]);
  });

  test('drops those that ECS stops meanwhile, and does not wait for later ones', () => {
    const required = requiredSidecars(pushed, [sidecar('a'), sidecar('b')]);
    const now = [sidecar('a'), sidecar('b', { wanted: false, appliedRev: 6 }), sidecar('later', { appliedRev: 0 })];

    expect(ackProgress(required, now)).toEqual({ required: 1, acked: 1, lastAckAt: 100, silent: [] });
  });

  test('is never confirmed by nobody', () => {
    const required = requiredSidecars(pushed, [sidecar('a')]);

    expect(isConfirmed(ackProgress([], []))).toBe(false);
    expect(isConfirmed(ackProgress(required, [sidecar('a', { wanted: false })]))).toBe(false);
  });

  test('when all have left, is whoever is ready in their place', () => {
    const required = requiredSidecars(pushed, [sidecar('a')]);
    const replaced = [sidecar('a', { wanted: false }), sidecar('b', { appliedRev: 6 })];

    expect(isConfirmed(ackProgress(required, replaced))).toBe(false);
    expect(isConfirmed(ackProgress(required, [sidecar('b', { appliedRev: 8 })]))).toBe(true);
  });

  test('leaves out one that never reported, but only in the end', () => {
    const required = requiredSidecars(pushed, [sidecar('a'), sidecar('b')]);
    const now = [sidecar('a'), sidecar('b', { appliedRev: 0, ready: false })];

    expect(isConfirmed(ackProgress(required, now))).toBe(false);
    expect(isConfirmed(ackProgress(required, now, true))).toBe(true);
  });

  test('counts in any order of tasks alike, and acknowledged plus silent are all', () => {
    const tasks = fc.uniqueArray(
      fc.record({ task: fc.constantFrom('a', 'b', 'c', 'd', 'e'), wanted: fc.boolean(), appliedRev: fc.nat(9) }),
      { selector: ({ task }) => task },
    );
    fc.assert(
      fc.property(tasks, tasks, (before, after) => {
        const required = requiredSidecars(
          pushed,
          before.map((one) => sidecar(one.task, one)),
        );
        const now = after.map((one) => sidecar(one.task, one));
        const progress = ackProgress(required, now);
        expect(progress.acked + progress.silent.length).toBe(progress.required);
        expect(ackProgress([...required].reverse(), [...now].reverse()).acked).toBe(progress.acked);
      }),
    );
  });
});

describe('silent sidecars', () => {
  const tasks = (silent: number, all: number, appliedRev = 6) =>
    Array.from({ length: all }, (_, i) => sidecar(`t${i}`, i < silent ? { appliedRev } : {}));
  const stopped = (silent: number, all: number, appliedRev?: number) => {
    const now = tasks(silent, all, appliedRev);
    return repairs(requiredSidecars(pushed, now), now).filter(({ mayStop }) => mayStop).length;
  };

  test('are all sent the state again, and a fifth of all at most may be replaced', () => {
    const now = tasks(4, 10);

    expect(repairs(requiredSidecars(pushed, now), now)).toHaveLength(4);
    expect(stopped(4, 10)).toBe(2);
    expect(stopped(1, 2)).toBe(1);
    expect(stopped(1, 1)).toBe(1);
  });

  test('are none of them replaced when nobody has confirmed: then the fault is not theirs', () => {
    expect(stopped(10, 10)).toBe(0);
  });

  test('are left alone while they start', () => {
    expect(stopped(1, 5, 0)).toBe(0);
  });
});
