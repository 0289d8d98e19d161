import { describe, expect, test } from 'vitest';
import { type Measured, measuresOf } from '#rollouts/measures.ts';
import { rolloutEventNames } from '#rollouts/rollout-events.ts';
import { rolloutView } from '#rollouts/rollout-view.ts';
import { rollout } from '../support/rollout.ts';

const values = (...of: Parameters<typeof measuresOf>) =>
  Object.fromEntries(measuresOf(...of).map(({ name, value }) => [name, value]));
const rolledBack: Measured = {
  startedAt: 1000,
  endedAt: 61_000,
  turnedBackAt: 50_000,
  turnedBackBy: 'verdict',
  zeroAckedAt: 50_700,
  steps: [1, 2],
  stragglers: ['t'],
};

describe('the metrics of a rollout', () => {
  test('that was rolled back tell how long it took until no traffic went to the canary', () => {
    expect(values('rolledBack', rolledBack)).toEqual({
      Rollouts: 1,
      RolloutSteps: 2,
      RolloutSeconds: 60,
      Verdicts: 1,
      SecondsToZero: 0.7,
      Stragglers: 1,
    });
  });

  test('count a verdict only where the judge was first', () => {
    expect(values('rolledBack', { ...rolledBack, turnedBackBy: 'alarm' })).not.toHaveProperty('Verdicts');
  });

  test('know no time to weight 0 of one that never had a weight, and none below 0', () => {
    expect(values('rolledBack', { ...rolledBack, zeroAckedAt: undefined })).not.toHaveProperty('SecondsToZero');
    expect(values('rolledBack', { ...rolledBack, zeroAckedAt: 49_999 })['SecondsToZero']).toBe(0);
  });

  test('are written at its end, whatever it is, and for a regression', () => {
    const measured = rolloutEventNames.filter((event) => measuresOf(event, rolledBack).length > 0);
    expect(measured).toEqual(['promoted', 'rolledBack', 'superseded', 'unrouted', 'failed', 'regressed']);
  });
});

test('a rollout shows the first reason to go back, and when it was known', () => {
  const shown = rolloutView(
    rollout({
      facts: {
        verdict: { kind: 'verdict', at: 7, reason: 'bad' },
        alarm: { kind: 'alarm', at: 5, reason: 'loud' },
      },
    }),
  );

  expect(shown).toMatchObject({ turnedBackAt: 5, turnedBackBy: 'alarm' });
  expect(rolloutView(rollout())).not.toHaveProperty('turnedBackAt');
});
