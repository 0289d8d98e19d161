import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinedSplit, promotedSplit, rolledBackSplit, shiftedSplit, withoutCanary } from '#rollouts/canary-split.ts';
import { failureReason } from '#rollouts/failure-reason.ts';
import { plannedSteps } from '#rollouts/plan.ts';
import { rolloutId } from '#rollouts/rollout.ts';
import { stableVariant } from '#rollouts/stable-variant.ts';
import type { Policy } from '#rollouts/types.ts';
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

  test('of a deployment that ECS brings in task by task name old and new ones', () => {
    expect(joinedSplit(rollout())).toEqual({ stable: ['ecs-svc/1', 'ecs-svc/2'] });
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

describe('the steps of a policy', () => {
  const steps = (policy: Partial<Policy>) => plannedSteps(rollout({ policy: { ...rollout().policy, ...policy } }));

  test('have the bake in the time of the last one', () => {
    expect(steps({ bakeSeconds: 7 }).map(({ weight, seconds, isLast }) => [weight, seconds, isLast])).toEqual([
      [5, 300, false],
      [25, 300, false],
      [50, 300, false],
      [100, 67, true],
    ]);
  });

  test('of a linear one rise by one size and end at 100', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 10_000 }), (hundredths) => {
        const linear = { stepPercent: hundredths / 100, seconds: 5 };
        const weights = steps({ strategy: 'linear', linear }).map(({ weight }) => weight);
        expect(weights.at(-1)).toBe(100);
        expect(weights.length).toBe(Math.ceil(10_000 / hundredths));
        for (const [i, weight] of weights.entries()) expect(weight).toBeGreaterThan(weights[i - 1] ?? 0);
      }),
    );
  });

  test('are none where nothing is judged', () => {
    expect(steps({ strategy: 'off' })).toEqual([]);
    expect(plannedSteps(rollout({ kind: 'rollback' }))).toEqual([]);
  });

  test('of a dry run are one, as long as all of them', () => {
    const policy = { ...rollout().policy, dryRun: true };

    expect(plannedSteps(rollout({ policy }), 33.33)).toEqual([
      expect.objectContaining({ weight: 33.33, seconds: 1260, isLast: true }),
    ]);
  });
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
