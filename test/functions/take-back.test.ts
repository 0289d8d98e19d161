import { describe, expect, test } from 'vitest';
import type { Split } from '#mesh/model/split.ts';
import { FenceLostError, type Sidecar } from '#rollouts/ports.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import { takeBack } from '../../functions/take-back/take-back.ts';
import { node, rollout } from '../support/rollout.ts';

const task = (deployment: string, ready = true, wanted = true): Sidecar => ({
  proxy: node(),
  task: `task of ${deployment}`,
  deployment,
  wanted,
  ready,
  appliedRev: 1,
});
const promoted = rollout({ status: 'promoted', stable: ['ecs-svc/0', 'ecs-svc/1'] });
const both = [task('ecs-svc/1'), task('ecs-svc/2')];

function world(of: Rollout | undefined, tasks: readonly Sidecar[], split?: Split, isLost = false) {
  const did: unknown[] = [];
  const run = takeBack({
    rollouts: { get: async () => of, change: async (_, change) => void did.push(change) },
    splits: {
      async change(_, fence, alter) {
        if (isLost) throw new FenceLostError('fence 9 was there before');
        const altered = alter(split);
        if (altered !== undefined) did.push({ fence, ...altered });
        return altered !== undefined;
      },
    },
    sidecars: { of: async () => tasks },
    push: {
      clientsOf: async () => [node('web')],
      push: async (proxies) => {
        did.push(proxies.map(({ name }) => name));
        return [];
      },
    },
    announcer: { announce: async (what, { reason }) => void did.push([what, reason]) },
  });
  const take = (action: 'shift' | 'tell') => run({ rolloutId: 'dep-2', action, reason: 'Alarm a fired.' });
  return { did, take };
}

describe('giving the traffic back', () => {
  test('takes those old tasks that ECS has left, and tells the clients', async () => {
    const { did, take } = world(promoted, both, { stable: ['ecs-svc/2'] });

    expect(await take('shift')).toMatchObject({ kind: 'shifted', reason: expect.stringContaining('ecs-svc/1 again') });
    expect(did).toEqual([{ fence: 1, stable: ['ecs-svc/1'] }, ['web']]);
  });

  test('once it was done pushes only', async () => {
    const { did, take } = world(promoted, both, { stable: ['ecs-svc/1'] });

    expect(await take('shift')).toMatchObject({ kind: 'shifted' });
    expect(did).toEqual([['web']]);
  });

  test.each([
    ['are stopped', [task('ecs-svc/2')]],
    ['are being stopped', [task('ecs-svc/1', true, false), task('ecs-svc/2')]],
    ['are not ready', [task('ecs-svc/1', false), task('ecs-svc/2')]],
  ])('does nothing when the old tasks %s', async (_, tasks) => {
    const { did, take } = world(promoted, tasks, { stable: ['ecs-svc/2'] });

    expect(await take('shift')).toMatchObject({ kind: 'gone' });
    expect(did).toEqual([]);
  });

  test('does nothing to a newer rollout: not to its split, not to its fence', async () => {
    const canary = {
      deployment: 'ecs-svc/3',
      basisPoints: 500,
      shield: 'off',
      rollout: 'dep-3',
      reportEveryMs: 1,
    } as const;
    const newer = world(promoted, both, { stable: ['ecs-svc/2'], canary });
    await newer.take('shift');
    const lost = world(promoted, both, { stable: ['ecs-svc/2'] }, true);

    expect(newer.did.filter((one) => !Array.isArray(one))).toEqual([]);
    expect(await lost.take('shift')).toMatchObject({ kind: 'superseded' });
    expect(lost.did).toEqual([]);
  });

  test.each([undefined, rollout({ status: 'running' }), rollout({ status: 'rolledBack' })])(
    'is for what was promoted alone: %o',
    async (of) => {
      const { did, take } = world(of, both, { stable: ['ecs-svc/2'] });

      expect(await take('shift')).toMatchObject({ kind: 'superseded' });
      expect(await take('tell')).toMatchObject({ kind: 'superseded' });
      expect(did).toEqual([]);
    },
  );
});

test('a promotion that was taken back says why, to whoever reads it and on the bus', async () => {
  const { did, take } = world(promoted, both);
  await take('tell');

  const reason = 'Taken back after its promotion: Alarm a fired.';
  expect(did).toEqual([{ reason }, ['Rollout Regressed', reason]]);
});
