import { expect, test } from 'vitest';
import type { Rollout } from '#rollouts/rollout.ts';
import { finishRollout } from '../../functions/finish-rollout/finish-rollout.ts';
import { rollout } from '../support/rollout.ts';

function finishing(of: Rollout) {
  const did: string[] = [];
  const run = finishRollout({
    rollouts: { get: async () => of, change: async () => {}, finish: async () => did.push('finish') > 0 },
    lock: { release: async (_, id) => void did.push(`release ${id}`) },
    turns: { giveBack: async (_, id) => void did.push(`turn of ${id}`) },
    traffic: { end: async () => {} },
    wakeNext: async () => void did.push('wake next'),
    sidecars: { of: async () => [] },
    announcer: { announce: async (what, { status }) => void did.push(`${what}: ${status}`) },
    now: () => 42,
  });
  return { run, did };
}

test('a rollout is ended, its lock given back and its end announced', async () => {
  const { run, did } = finishing(rollout());
  await run({ rolloutId: 'dep-2', outcome: 'promoted' });

  expect(did).toEqual(['finish', 'release dep-2', 'Rollout Promoted: promoted']);
});

test('once more, after a run that died in between, the lock is given back and the end announced', async () => {
  const { run, did } = finishing(rollout({ status: 'promoted' }));
  await run({ rolloutId: 'dep-2', outcome: 'promoted' });

  expect(did).toEqual(['release dep-2', 'Rollout Promoted: promoted']);
});

test('a rollout that ended otherwise is left alone', async () => {
  const { run, did } = finishing(rollout({ status: 'superseded' }));
  await run({ rolloutId: 'dep-2', outcome: 'rolledBack' });

  expect(did).toEqual([]);
});

test('a rollout that had a turn gives it back before the next is woken', async () => {
  const policy = { ...rollout().policy, concurrency: { maxRollouts: 1 } };
  const { run, did } = finishing(rollout({ policy }));
  await run({ rolloutId: 'dep-2', outcome: 'promoted' });

  expect(did).toEqual(['finish', 'release dep-2', 'turn of dep-2', 'wake next', 'Rollout Promoted: promoted']);
});
