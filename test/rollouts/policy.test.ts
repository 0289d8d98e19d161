import { describe, expect, test } from 'vitest';
import { defaultPolicy, InvalidPolicyError, mergePolicy } from '#rollouts/policy.ts';

const refusal = (patch: unknown): [string, string] => {
  try {
    mergePolicy(defaultPolicy, patch);
  } catch (error) {
    if (error instanceof InvalidPolicyError) return [error.path, error.message];
    throw error;
  }
  return ['', 'accepted'];
};

describe('a policy', () => {
  test('by default goes 5, 25, 50, 100 percent in minutes, and is valid itself', () => {
    expect(defaultPolicy.steps.map(({ weight }) => weight)).toEqual([5, 25, 50, 100]);
    expect(Math.min(...defaultPolicy.steps.map(({ seconds }) => seconds))).toBeGreaterThanOrEqual(60);
    expect(mergePolicy(defaultPolicy, {})).toEqual(defaultPolicy);
  });

  test('takes any part over, whole', () => {
    const steps = [
      { weight: 12.5, seconds: 3 },
      { weight: 100, seconds: 2 },
    ];

    const merged = mergePolicy(defaultPolicy, {
      steps,
      bakeSeconds: 2,
      threshold: { failurePercent: 5, minRequests: 9 },
    });

    expect(merged).toEqual({
      ...defaultPolicy,
      steps,
      bakeSeconds: 2,
      threshold: { failurePercent: 5, minRequests: 9 },
    });
    expect(mergePolicy(merged, { threshold: null })).toEqual({ ...defaultPolicy, steps, bakeSeconds: 2 });
  });

  test.each([
    [{ steps: [] }, 'steps', 'needs at least one step'],
    [{ stepz: [] }, 'stepz', 'stepz is not known here'],
    [{ steps: [{ weight: 100 }] }, 'steps[0].seconds', 'steps[0].seconds is missing'],
    [{ bakeSeconds: -1 }, 'bakeSeconds', 'bakeSeconds is -1; must be >=1'],
    [{ shield: 'on' }, 'shield', 'is "on"; must be ("safe-methods" | "off")'],
    [{ steps: [{ weight: 50, seconds: 5 }] }, 'steps', 'must end at 100'],
    [
      {
        steps: [
          { weight: 50, seconds: 5 },
          { weight: 50, seconds: 5 },
          { weight: 100, seconds: 1 },
        ],
      },
      'steps',
      'must rise',
    ],
    [
      {
        steps: [
          { weight: 5, seconds: 1 },
          { weight: 0.001, seconds: 5 },
        ],
      },
      'steps[1].weight',
      'at most two decimals',
    ],
    [{ steps: [{ weight: 5, seconds: 1.5 }] }, 'steps[0].seconds', 'whole seconds'],
    [{ alpha: 0.5 }, 'alpha', 'too often'],
    [{ baselineSeconds: 14, reportEveryMs: 200 }, 'baselineSeconds', 'at least 15 s'],
    [{ baselineSeconds: 20, reportEveryMs: 2000 }, 'baselineSeconds', '15 intervals'],
    [{ ackSeconds: 5 }, 'ackSeconds', 'above resendSeconds'],
    [{ shield: 'maybe' }, 'shield', 'safe-methods'],
    [{ threshold: { failurePercent: 5 } }, 'threshold.minRequests', ''],
    [{ minutes: 5 }, 'minutes', ''],
    ['text', '', ''],
  ])('that cannot be is refused with the place and the reason: %j', (patch, path, message) => {
    const [at, why] = refusal(patch);

    expect(at).toBe(path);
    expect(why).toContain(message);
    expect(why).not.toBe('accepted');
  });
});
