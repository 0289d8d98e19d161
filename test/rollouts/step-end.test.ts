import { describe, expect, test } from 'vitest';
import { defaultPolicy } from '#rollouts/policy.ts';
import type { Rollout, WaitName } from '#rollouts/rollout.ts';
import { hasLasted, mayEnd } from '#rollouts/step-end.ts';
import { summarize } from '#rollouts/summary.ts';
import type { PlannedStep } from '#rollouts/types.ts';
import { rollout } from '../support/rollout.ts';

const counts = { requests: 0, failures: 0, shielded: 0 };
const step: PlannedStep = {
  ...{ mode: 'traffic', weight: 5, seconds: 10, maxSeconds: 60, minRequests: 20, place: 'steps[0]', isLast: false },
};
const wait = (name: WaitName = 'observe', seconds = 60) => ({ name, token: 't', since: 1_000_000, seconds });

const observing = (more: Partial<Rollout> = {}): Rollout =>
  rollout({ step: { ...step, before: { canary: counts, stable: counts } }, wait: wait(), ...more });
const seen = (requests: number) => ({ ...summarize([], defaultPolicy), canary: { ...counts, requests } });
const at = (seconds: number) => 1_000_000 + seconds * 1000;

describe('a report is worth waking the rollout', () => {
  test('when its step asks for requests, has them, and has lasted its shortest time', () => {
    expect(mayEnd(observing(), seen(20), at(10))).toBe(true);
    expect(mayEnd(observing(), seen(19), at(10))).toBe(false);
    expect(mayEnd(observing(), seen(20), at(9.9))).toBe(false);
  });

  test('when its step asks for confidence and has it', () => {
    const asking = observing({ policy: { ...defaultPolicy, confidence: { marginPercent: 2 } } });

    expect(mayEnd(asking, { ...seen(20), upperBound: 0.02 }, at(10))).toBe(true);
    expect(mayEnd(asking, { ...seen(20), upperBound: 0.03 }, at(10))).toBe(false);
  });

  test('never when nothing but time ends the step, and while it waits for something else', () => {
    const patient = { ...step, minRequests: 0, before: { canary: counts, stable: counts } };

    expect(mayEnd(observing({ step: patient }), seen(20), at(30))).toBe(false);
    expect(mayEnd(observing({ wait: wait('acks') }), seen(20), at(30))).toBe(false);
    expect(mayEnd(rollout(), seen(20), at(30))).toBe(false);
  });

  test('not again once the end is written down', () => {
    const outcome = { kind: 'stepDone', reason: 'enough', wait: 'observe', seconds: 1, weight: 0 } as const;

    expect(mayEnd(observing({ wait: { ...wait(), outcome } }), seen(20), at(30))).toBe(false);
  });
});

test('what a pause has left of the longest time counts as lasted', () => {
  expect(hasLasted(step, wait('observe', 55), at(4))).toBe(false);
  expect(hasLasted(step, wait('observe', 55), at(5))).toBe(true);
});
