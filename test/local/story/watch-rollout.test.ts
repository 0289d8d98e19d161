import { expect, test } from 'vitest';
import { releaseRecord } from '../../../local/story/release.ts';
import { rolloutId, watchRollout } from '../../../local/story/watch-rollout.ts';
import type { Rollout } from '../../../local/story/weir-api.ts';

const step = { weight: 5, appliedAt: 1_000, requiredSidecars: 2, ackedSidecars: 2, lastAckAt: 1_100 };
const rollout = (change: Partial<Rollout> = {}): Rollout => ({
  id: 'dep-1',
  service: 'arn:aws:ecs:us-east-1:000000000000:service/shop/orders',
  virtualNode: 'orders',
  taskDefinition: 'orders:2',
  status: 'running',
  phase: 'observing',
  weight: 5,
  reason: '',
  startedAt: 0,
  steps: [step],
  ...change,
});

/** An API that answers these states one after another, then the last one for ever. */
const answering = (...states: (Rollout | undefined | Error)[]) => ({
  rollout: async () => {
    const state = states.length > 1 ? states.shift() : states[0];
    if (state instanceof Error) throw state;
    return state;
  },
});

test('an ECS deployment and its rollout share their digits', () => {
  expect(rolloutId('ecs-svc/6177963417134325488')).toBe('dep-6177963417134325488');
});

test('a rollout is followed from before it exists to its end', async () => {
  const looks: [string | undefined, string][] = [];
  const api = answering(undefined, rollout(), rollout({ status: 'promoted', phase: 'finished' }));

  const ended = await watchRollout(api, 'dep-1', 10_000, (before, now) => looks.push([before?.status, now.status]));

  expect(ended.status).toBe('promoted');
  expect(looks).toEqual([
    [undefined, 'running'],
    ['running', 'promoted'],
  ]);
});

test('an API that fails once is asked again', async () => {
  const api = answering(new Error('502'), rollout({ status: 'rolledBack' }));
  expect((await watchRollout(api, 'dep-1', 10_000)).status).toBe('rolledBack');
});

test('a rollout that hangs is reported with where it hangs', async () => {
  const hanging = answering(rollout({ steps: [step, { ...step, weight: 25, ackedSidecars: 1 }], weight: 25 }));
  await expect(watchRollout(hanging, 'dep-1', 50)).rejects.toThrow(
    'last seen observing at 25 %, steps: 5 % (2 of 2), 25 % (1 of 2)',
  );
});

test('a rollout that never begins is reported as such', async () => {
  await expect(watchRollout(answering(undefined), 'dep-1', 50)).rejects.toThrow('Weir never made it');
});

test('a release tells outcome, steps, client and canary counts in the shape of story.json', () => {
  const ended = rollout({
    status: 'rolledBack',
    reason: 'it failed',
    zeroAckedAt: 7_500,
    evidence: {
      eValue: 400,
      threshold: 100,
      canary: { requests: 20, failures: 6, shielded: 5 },
      stable: { requests: 900, failures: 0 },
    },
  });

  expect(releaseRecord('v3', ended, { requests: 1_000, failed: 1 }, 5_000)).toEqual({
    revision: 'v3',
    outcome: 'rolledBack',
    reason: 'it failed',
    steps: [step],
    firstFailureAt: 5_000,
    zeroAckedAt: 7_500,
    secondsToZero: 2.5,
    client: { requests: 1_000, failed: 1 },
    canary: { requests: 20, failed: 6, shielded: 5 },
  });
});

test('a release that never failed has no times of failure', () => {
  const record = releaseRecord('v2', rollout({ status: 'promoted' }), { requests: 1, failed: 0 }, undefined);
  expect(Object.keys(record)).not.toEqual(expect.arrayContaining(['firstFailureAt']));
  expect(record).not.toHaveProperty('secondsToZero');
});

test('a rollout that still runs is no release yet', () => {
  expect(() => releaseRecord('v2', rollout(), { requests: 0, failed: 0 }, undefined)).toThrow('has not ended');
});
