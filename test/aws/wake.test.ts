import { expect, test } from 'vitest';
import { type WakePorts, waker } from '#aws/wake.ts';
import type { Outcome, Rollout, Wait } from '#rollouts/rollout.ts';
import { node, rollout } from '../support/rollout.ts';

const wait: Wait = { name: 'observe', token: 't1', since: 1, seconds: 60 };
const promote = { kind: 'promote', at: 1, actor: 'me', step: 0 } as const;
const canary = {
  proxy: node(),
  task: 'c1',
  deployment: rollout().deployment,
  wanted: true,
  appliedRev: 1,
  ready: true,
};

const zeroAcks: Wait = { ...wait, name: 'zeroAcks', required: [{ proxy: node(), task: 'c1', rev: 4 }] };
const asked = { weight: 10, appliedAt: 1000, requiredSidecars: 1, ackedSidecars: 0 };

/** What is noted with a rollout when it wakes. */
async function noted(of: Rollout): Promise<unknown> {
  let change: unknown;
  const wake = waker({
    rollouts: {
      get: async () => of,
      settleWait: async (_, __, ___, more) => {
        change = more;
        return true;
      },
      clearWait: async () => {},
    },
    sidecars: { of: async () => [{ ...canary, appliedRev: 4, ackedAt: 2000 }] },
    evidence: { all: async () => [] },
    turns: { isFree: async () => false },
    alarms: { of: async () => [] },
    callbacks: { succeed: async () => {} },
    now: () => 5000,
  });
  await wake(of.id);
  return change;
}

test('a step that a rollback cut short counts as confirmed by whoever has confirmed weight 0', async () => {
  expect(await noted(rollout({ wait: zeroAcks, steps: [asked] }))).toEqual({
    zeroAckedAt: 2000,
    steps: [{ ...asked, ackedSidecars: 1, lastAckAt: 2000 }],
  });
});

test('a step that was confirmed keeps the times of its own acknowledgements', async () => {
  const confirmed = { ...asked, ackedSidecars: 1, lastAckAt: 1100 };
  expect(await noted(rollout({ wait: zeroAcks, steps: [confirmed] }))).toEqual({ zeroAckedAt: 2000 });
});

function waking(of: Rollout, isStill: boolean, over: Partial<WakePorts['callbacks']> = {}) {
  const did: unknown[] = [];
  const wake = waker({
    rollouts: {
      get: async () => of,
      settleWait: async (_, token, { kind }) => {
        did.push(['settle', token, kind]);
        return isStill;
      },
      clearWait: async (_, token) => void did.push(['clear', token]),
    },
    sidecars: { of: async () => [canary] },
    evidence: { all: async () => [] },
    turns: { isFree: async () => false },
    alarms: { of: async () => [] },
    callbacks: { succeed: async (token, { kind }) => void did.push(['tell', token, kind]), ...over },
    now: () => 5000,
  });
  return { wake, did };
}

test('a promotion is used up before the state machine is told, so that the next wait does not find it again', async () => {
  const { wake, did } = waking(rollout({ wait, facts: { promote } }), true);
  await wake('dep-2');

  expect(did).toEqual([
    ['settle', 't1', 'promote'],
    ['tell', 't1', 'promote'],
    ['clear', 't1'],
  ]);
});

test('an outcome that was written down and not told is told by the next wake-up, whatever the facts say by then', async () => {
  const outcome: Outcome = { kind: 'promote', reason: 'me', wait: 'observe', seconds: 1, weight: 0 };
  const { wake, did } = waking(rollout({ wait: { ...wait, outcome } }), true);
  await wake('dep-2');

  expect(did).toEqual([
    ['tell', 't1', 'promote'],
    ['clear', 't1'],
  ]);
});

test('a wake-up that comes late, when another wait has taken the place, changes nothing', async () => {
  const { wake, did } = waking(rollout({ wait, facts: { promote } }), false);
  await wake('dep-2');

  expect(did).toEqual([['settle', 't1', 'promote']]);
});
