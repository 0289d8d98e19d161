import type { DeploymentConfiguration } from '@aws-sdk/client-ecs';
import { describe, expect, test } from 'vitest';
import { mergedConfiguration } from '../../../local/ecs/deployment-configuration.ts';

const hook = { targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP'] } as const;
const adopted = {
  strategy: 'BLUE_GREEN',
  bakeTimeInMinutes: 0,
  lifecycleHooks: [{ ...hook, lifecycleStages: [...hook.lifecycleStages] }],
} satisfies DeploymentConfiguration;

describe('a deployment configuration', () => {
  test("starts with ECS's defaults", () => {
    const expected = { strategy: 'ROLLING', minimumHealthyPercent: 100, maximumPercent: 200 };
    expect(mergedConfiguration(undefined, undefined)).toEqual(expected);
  });

  test('keeps what an update does not mention', () => {
    const current = mergedConfiguration(undefined, { ...adopted, maximumPercent: 150 });
    expect(mergedConfiguration(current, { bakeTimeInMinutes: 5 })).toEqual({ ...current, bakeTimeInMinutes: 5 });
  });

  test('loses hooks and bake time on the way from BLUE_GREEN to ROLLING', () => {
    const current = mergedConfiguration(undefined, adopted);
    const merged = mergedConfiguration(current, { strategy: 'ROLLING' });
    expect(merged).toEqual({ strategy: 'ROLLING', minimumHealthyPercent: 100, maximumPercent: 200 });
  });

  test.each<[string, DeploymentConfiguration, string, RegExp]>([
    ['BLUE_GREEN without a bake time', { strategy: 'BLUE_GREEN' }, 'InvalidParameterException', /bakeTimeInMinutes/],
    ['LINEAR', { strategy: 'LINEAR' }, 'InvalidParameterException', /headless/],
    ['hooks with ROLLING', { lifecycleHooks: adopted.lifecycleHooks }, 'InvalidParameterException', /BLUE_GREEN only/],
    [
      'a Lambda hook',
      { ...adopted, lifecycleHooks: [{ lifecycleStages: ['POST_SCALE_UP'] }] },
      'UnsupportedFeatureException',
      /lifecycleHooks\[0\]\.targetType/,
    ],
    [
      'a pause where AWS allows none',
      { ...adopted, lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['PRODUCTION_TRAFFIC_SHIFT'] }] },
      'InvalidParameterException',
      /cannot run at PRODUCTION_TRAFFIC_SHIFT/,
    ],
    [
      'a timeout beyond 14 days',
      {
        ...adopted,
        lifecycleHooks: [{ ...adopted.lifecycleHooks[0], timeoutConfiguration: { timeoutInMinutes: 20_161 } }],
      },
      'InvalidParameterException',
      /between 1 and 20160/,
    ],
    [
      'eleven hooks',
      { ...adopted, lifecycleHooks: Array.from({ length: 11 }, () => adopted.lifecycleHooks[0] ?? {}) },
      'InvalidParameterException',
      /at most 10/,
    ],
  ])('with %s is refused', (_, given, name, message) => {
    expect(() => mergedConfiguration(undefined, given)).toThrow(
      expect.objectContaining({ name, message: expect.stringMatching(message) }),
    );
  });
});
