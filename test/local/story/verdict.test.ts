import { expect, test } from 'vitest';
import type { Release } from '../../../local/story/story-file.ts';
import { brokenPromises } from '../../../local/story/verdict.ts';
import type { Step } from '../../../local/story/weir-api.ts';

const step = (weight: number, change: Partial<Step> = {}): Step => ({
  weight,
  appliedAt: 1_000,
  requiredSidecars: 2,
  ackedSidecars: 2,
  lastAckAt: 1_100,
  ...change,
});

const good: Release = {
  revision: 'v2',
  outcome: 'promoted',
  reason: 'every step held',
  steps: [step(5), step(25), step(50), step(100)],
  client: { requests: 10_000, failed: 0 },
  canary: { requests: 4_000, failed: 0, shielded: 0 },
};

const bad: Release = {
  revision: 'v3',
  outcome: 'rolledBack',
  reason: 'the canary fails more than stable',
  steps: [step(5), step(0)],
  firstFailureAt: 5_000,
  zeroAckedAt: 7_000,
  secondsToZero: 2,
  client: { requests: 5_000, failed: 3 },
  canary: { requests: 20, failed: 6, shielded: 6 },
};

const promises = (v2: Partial<Release>, v3: Partial<Release> = {}, rate = 240) =>
  brokenPromises(
    {
      releases: [
        { ...good, ...v2 },
        { ...bad, ...v3 },
      ],
    },
    rate,
  ).map(({ promise }) => promise);

test('a story as promised breaks nothing', () => {
  expect(promises({})).toEqual([]);
});

test('one failed request during the good release is one too many', () => {
  expect(promises({ client: { requests: 10_000, failed: 1 } })).toEqual(['at most 0 client requests fail during v2']);
});

test('the shield leaves the client three failures of the bad release and not four', () => {
  expect(promises({}, { client: { requests: 5_000, failed: 4 } })).toEqual([
    'at most 3 client requests fail during v3',
  ]);
});

test('a good release that came back names what the control plane said', () => {
  const [broken] = brokenPromises({ releases: [{ ...good, outcome: 'rolledBack', reason: 'alarm' }, bad] }, 240);
  expect(broken).toEqual({ promise: 'v2 ends promoted', evidence: 'it ended rolledBack: alarm' });
});

test('a step that one sidecar did not confirm breaks the story', () => {
  expect(promises({ steps: [step(5, { ackedSidecars: 1 }), step(100)] })).toEqual(['every sidecar confirms 5 % of v2']);
});

test('a step that asked no sidecar at all is no confirmation', () => {
  expect(promises({ steps: [step(100, { requiredSidecars: 0, ackedSidecars: 0 })] })).toEqual([
    'every sidecar confirms 100 % of v2',
  ]);
});

test('a release without steps was no canary', () => {
  expect(promises({}, { steps: [] })).toEqual(['v3 takes at least one step']);
});

test('a promotion must have reached all of the traffic', () => {
  expect(promises({ steps: [step(5), step(50)] })).toEqual(['v2 reaches 100 %']);
});

test('a rollback without every acknowledgement of weight 0 breaks the story', () => {
  const { zeroAckedAt: _, ...unconfirmed } = bad;
  expect(brokenPromises({ releases: [good, unconfirmed] }, 240).map(({ promise }) => promise)).toEqual([
    'every sidecar confirms weight 0 for v3',
  ]);
});

test('a rollback of a release that never failed proves nothing', () => {
  const { firstFailureAt: _, ...blameless } = bad;
  expect(brokenPromises({ releases: [good, blameless] }, 240).map(({ promise }) => promise)).toEqual([
    'v3 fails requests before it is judged',
  ]);
});

test('too little traffic breaks the story', () => {
  expect(promises({}, {}, 199)).toEqual(['at least 200 requests a second reach orders']);
});

test('a release that is missing from the story is missed', () => {
  expect(brokenPromises({ releases: [good] }, 240).map(({ promise }) => promise)).toEqual(['v3 ends rolledBack']);
});
