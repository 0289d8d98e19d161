import { expect, test } from 'vitest';
import { evidenceSentence, rolloutNotes } from '../../../local/story/rollout-notes.ts';
import type { Rollout } from '../../../local/story/weir-api.ts';

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
  steps: [],
  ...change,
});
const asked = { weight: 5, appliedAt: 1_000, requiredSidecars: 2, ackedSidecars: 0 };
const confirmed = { ...asked, ackedSidecars: 2, lastAckAt: 1_120 };
const texts = (before: Rollout | undefined, now: Rollout) => rolloutNotes(before, now).map(({ text }) => text);

test('two equal looks at a rollout tell nothing', () => {
  const same = rollout({ phase: 'baking', steps: [confirmed] });
  expect(rolloutNotes(same, same)).toEqual([]);
});

test('a new phase is told once', () => {
  expect(texts(rollout(), rollout({ phase: 'baking' }))).toEqual([
    'baking at 100 %: the old tasks stand by, the way back is a weight',
  ]);
});

test('a step is told when its last sidecar confirmed it, with the time that took', () => {
  expect(texts(rollout({ steps: [asked] }), rollout({ steps: [{ ...asked, ackedSidecars: 1 }] }))).toEqual([]);
  expect(rolloutNotes(rollout({ steps: [asked] }), rollout({ steps: [confirmed] }))).toEqual([
    { text: 'every sidecar confirmed it after 0.12 s (2 of 2)', tone: 'plain', weight: 5 },
  ]);
});

test('a step that came and was confirmed between two looks is told all the same', () => {
  expect(texts(rollout(), rollout({ steps: [confirmed] }))).toHaveLength(1);
});

test('the end is told with the reason and what the judge had seen', () => {
  const ended = rollout({
    status: 'rolledBack',
    reason: 'the canary fails more often than stable',
    evidence: {
      eValue: 412.6,
      threshold: 100,
      canary: { requests: 20, failures: 6, shielded: 6 },
      stable: { requests: 1_480, failures: 0 },
    },
  });
  expect(rolloutNotes(rollout(), ended)).toEqual([
    { text: 'rolled back: the canary fails more often than stable', tone: 'bad' },
    {
      text:
        'the judge saw 20 canary requests, 6 failed, 6 of them answered by stable instead; 1,480 stable ones, 0 failed; ' +
        'evidence against the canary 412.6, enough is 100',
      tone: 'plain',
    },
  ]);
});

test('huge evidence is written shortly', () => {
  const none = { requests: 0, failures: 0 };
  expect(
    evidenceSentence({ eValue: 1.26e12, threshold: 100, canary: { ...none, shielded: 0 }, stable: none }),
  ).toContain('evidence against the canary 1.3e12, enough is 100');
});
