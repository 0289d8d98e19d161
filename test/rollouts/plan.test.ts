import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureReason } from '#rollouts/failure-reason.ts';
import { promotedSplit, rolledBackSplit, shiftedSplit, stepAt, withoutCanary } from '#rollouts/plan.ts';
import { rolloutId } from '#rollouts/rollout.ts';
import { stableVariant } from '#rollouts/stable-variant.ts';
import { node, rollout } from '../support/rollout.ts';

describe('the splits of a rollout', () => {
  test('divide into whole basis points, and report under the rollout’s id', () => {
    expect(shiftedSplit(rollout(), 12.34)).toEqual({
      stable: ['ecs-svc/1'],
      canary: {
        deployment: 'ecs-svc/2',
        basisPoints: 1234,
        shield: 'safe-methods',
        rollout: 'dep-2',
        reportEveryMs: 1000,
      },
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (hundredths) => {
        expect(shiftedSplit(rollout(), hundredths / 100).canary?.basisPoints).toBe(hundredths);
      }),
    );
  });

  test('of a promotion name the canary’s deployment alone', () => {
    expect(promotedSplit(rollout())).toEqual({ stable: ['ecs-svc/2'] });
  });

  test('of a rollback go back to what was stable, with what ECS has relaunched, also after a promotion', () => {
    expect(rolledBackSplit(rollout(), { stable: ['ecs-svc/2'] })).toEqual(shiftedSplit(rollout(), 0));
    expect(rolledBackSplit(rollout(), { stable: ['ecs-svc/1', 'ecs-svc/7'] }).stable).toEqual([
      'ecs-svc/1',
      'ecs-svc/7',
    ]);
    expect(rolledBackSplit(rollout(), undefined).stable).toEqual(['ecs-svc/1']);
  });

  test('lose the canary of their own rollout only', () => {
    const split = shiftedSplit(rollout(), 0);

    expect(withoutCanary(split, 'dep-2')).toEqual({ stable: ['ecs-svc/1'] });
    expect(withoutCanary(split, 'dep-3')).toBeUndefined();
  });
});

describe('the stable variant of a new rollout', () => {
  const running = (...deployments: string[]) =>
    deployments.map((deployment) => ({
      proxy: node(),
      task: deployment,
      deployment,
      wanted: true,
      appliedRev: 1,
      ready: true,
    }));

  test('is what was stable and still runs', () => {
    const split = { stable: ['ecs-svc/1', 'ecs-svc/5'] };

    expect(stableVariant(split, running('ecs-svc/5', 'ecs-svc/2'), 'ecs-svc/2')).toEqual(['ecs-svc/5']);
    expect(stableVariant(split, running(), 'ecs-svc/2')).toEqual(['ecs-svc/1', 'ecs-svc/5']);
  });

  test('is the canary before it, when ECS has taken every stable task', () => {
    const split = shiftedSplit(rollout(), 50);

    expect(stableVariant(split, running('ecs-svc/2', 'ecs-svc/3'), 'ecs-svc/3')).toEqual(['ecs-svc/2']);
    expect(stableVariant(split, running('ecs-svc/1', 'ecs-svc/2'), 'ecs-svc/3')).toEqual(['ecs-svc/1']);
  });
});

test('a step behind the last is the last', () => {
  expect(stepAt(rollout(), 1)).toEqual({ weight: 25, seconds: 300, index: 1, isLast: false });
  expect(stepAt(rollout(), 3)).toMatchObject({ weight: 100, isLast: true });
  expect(stepAt(rollout(), 9)).toEqual(stepAt(rollout(), 3));
});

test('a rollout is named after its deployment', () => {
  expect(rolloutId('ecs-svc/6177963417134325488')).toBe('dep-6177963417134325488');
});

describe('the reason of a rollback', () => {
  test('is the outcome’s own', () => {
    expect(failureReason({ phase: 'observing' }, { signal: { reason: 'canary failed' } })).toBe('canary failed');
  });

  test('is the phase that took too long, and an error before an outcome of earlier', () => {
    const error = { Error: 'States.Timeout', Cause: '' };

    expect(failureReason({ phase: 'waitingForGreen' }, { error, signal: { reason: 'old' } })).toBe(
      'The canary was not ready in time.',
    );
  });

  test('is the function’s error with its message', () => {
    const Cause = JSON.stringify({ errorType: 'PushFailed', errorMessage: '1 of 2 proxies', trace: [] });

    expect(failureReason({ phase: 'observing' }, { error: { Error: 'PushFailed', Cause } })).toBe(
      'PushFailed: 1 of 2 proxies',
    );
    expect(failureReason({ phase: 'observing' }, { error: { Error: 'X', Cause: 'plain' } })).toBe('X: plain');
    expect(failureReason({ phase: 'observing' }, { error: { Error: 'X' } })).toBe('X: no cause given');
  });
});
