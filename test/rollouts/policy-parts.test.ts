import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { defaultPolicy, InvalidPolicyError, mergePolicy } from '#rollouts/policy.ts';

/** What is said of a patch: the path and the reason, or that it is taken. */
function answer(patch: unknown): string {
  try {
    mergePolicy(defaultPolicy, patch);
    return 'taken';
  } catch (error) {
    if (error instanceof InvalidPolicyError) return error.message;
    throw error;
  }
}

const abTest = { audience: { header: { name: 'x-beta', match: { exact: 'yes' } } }, weight: 100, seconds: 60 };
const gate = { expirySeconds: 3600 };
const approvedBy = (...approvers: string[]) => ({ gates: { start: { ...gate, approvers } } });
const window = { days: ['mon'], from: '09:00', to: '17:00', timeZone: 'Europe/Berlin' };
const freeze = { from: '2026-12-23T00:00:00Z', to: '2027-01-02T00:00:00+01:00', reason: 'holidays' };

describe('a policy takes', () => {
  test.each([
    [{ strategy: 'linear', linear: { stepPercent: 12.5, seconds: 60 } }],
    [{ strategy: 'blueGreen' }],
    [{ strategy: 'abTest', abTest }],
    [{ strategy: 'abTest', abTest: { ...abTest, audience: { cookie: { name: 'beta', value: '1' } } } }],
    [{ strategy: 'mirror', mirror: { percent: 10, seconds: 60, minRequests: 50, maxSeconds: 600 } }],
    [{ strategy: 'off' }],
    [{ steps: [{ weight: 100, seconds: 1, maxSeconds: 9, minRequests: 5, gate }] }],
    [{ gates: { start: gate, promotion: { ...gate, onExpiry: 'approve' } } }],
    [approvedBy('arn:aws:iam::111122223333:role/release-*', 'arn:aws:sts::*:assumed-role/admin/*', '*')],
    [{ successObjectivePercent: 99.9, latency: { objectiveMs: 250 }, confidence: { marginPercent: 0.5 } }],
    [{ latency: {}, onInconclusive: 'extend' }],
    [{ windows: [window, { ...window, from: '22:00', to: '02:00' }], freezes: [freeze] }],
    [{ concurrency: { maxRollouts: 3 }, alarms: ['a'], alarmWaitSeconds: 600, dryRun: true }],
    [{ latency: null, confidence: null, concurrency: null, abTest: null, mirror: null, linear: null }],
  ])('%j', (patch) => {
    expect(answer(patch)).toBe('taken');
  });
});

describe('a policy refuses, with the path and the reason,', () => {
  test.each([
    [{ strategy: 'linear' }, 'linear is missing: strategy linear needs it'],
    [{ strategy: 'abTest' }, 'abTest is missing: strategy abTest needs it'],
    [{ strategy: 'mirror' }, 'mirror is missing: strategy mirror needs it'],
    [{ strategy: 'random' }, 'strategy is "random"'],
    [{ linear: { stepPercent: 0.5, seconds: 60 } }, 'linear.stepPercent makes more than 100 steps'],
    [{ linear: { stepPercent: 120, seconds: 60 } }, 'linear.stepPercent is a percentage of at most 100'],
    [{ steps: [{ weight: 100, seconds: 60, maxSeconds: 30 }] }, 'steps[0].maxSeconds must not be below seconds'],
    [{ steps: [{ weight: 101, seconds: 1 }] }, 'steps[0].weight is a percentage of at most 100'],
    [{ abTest: { ...abTest, audience: {} } }, 'abTest.audience must have one of header and cookie'],
    [{ abTest: { ...abTest, audience: { header: { name: 'a b', match: { exact: 'x' } } } } }, 'abTest.audience'],
    [{ abTest: { ...abTest, audience: { header: { name: 'x', match: { regex: '(?=a)' } } } } }, 'abTest.audience'],
    [{ abTest: { ...abTest, audience: { cookie: { name: 'beta', value: 'a;b' } } } }, 'abTest.audience'],
    [approvedBy(), 'gates.start.approvers is empty: nobody could open the gate'],
    [approvedBy('arn:aws:iam::111122223333:group/admins'), 'gates.start.approvers[0] names nobody who could approve'],
    [approvedBy('arn:aws:s3:::bucket'), 'gates.start.approvers[0] names nobody who could approve'],
    [approvedBy('*', 'alice'), 'gates.start.approvers[1] names nobody who could approve'],
    [approvedBy('arn:aws:iam::1:role/x'), 'gates.start.approvers[0] names nobody who could approve'],
    [approvedBy('arn:aws:iam::111122223333:role/teams/*'), 'gates.start.approvers[0] has a path before a wildcard'],
    [{ gates: { start: { expirySeconds: 1_209_601 } } }, 'gates.start.expirySeconds is longer than the 14 days'],
    [{ gates: { start: {} } }, 'gates.start.expirySeconds is missing'],
    [{ gates: { middle: gate } }, 'gates.middle is not known here'],
    [{ successObjectivePercent: 100 }, 'successObjectivePercent is a percentage below 100'],
    [{ latency: { percentile: 99 } }, 'latency.percentile'],
    [{ confidence: { marginPercent: 0 } }, 'confidence.marginPercent is a percentage above 0'],
    [{ windows: [{ ...window, to: '09:00' }] }, 'windows[0].to is the same as from'],
    [{ windows: [{ ...window, from: '9:00' }] }, 'windows[0].from is no time of day'],
    [{ windows: [{ ...window, days: [] }] }, 'windows[0].days names no day'],
    [{ windows: [{ ...window, timeZone: 'Mars/Olympus' }] }, 'windows[0].timeZone is no IANA time zone'],
    [{ freezes: [{ ...freeze, from: freeze.to, to: freeze.from }] }, 'freezes[0].to must be after from'],
    [{ freezes: [{ ...freeze, from: '2026-12-23' }] }, 'freezes[0].from is no ISO 8601 instant'],
    [
      { freezes: [{ ...freeze, from: '2026-13-23T00:00:00Z' }] },
      'freezes[0].from is a day or time that does not exist',
    ],
    [{ concurrency: { maxRollouts: 0 } }, 'concurrency.maxRollouts'],
    [{ alarmWaitSeconds: 2_000_000 }, 'alarmWaitSeconds is longer than ECS holds a deployment'],
    [{ alarms: [''] }, 'alarms[0] is empty'],
    [{ notifications: [{ kind: 'slack' }] }, 'notifications[0] needs url or secretArn'],
    [{ dryRun: 'yes' }, 'dryRun is "yes"'],
  ])('%j', (patch, message) => {
    expect(answer(patch)).toContain(message);
  });
});

test('the policy that the documentation shows is taken, and names its own defaults right', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/policy.md', import.meta.url)), 'utf8');
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const told = [...page.matchAll(/^\| `(\w+)` \| (`?\w+`?) \|/gm)].map(([, name = '', value = '']) => [name, value]);

  expect(answer(parse(example))).toBe('taken');
  expect(Object.fromEntries(told)).toEqual({
    onInconclusive: `\`${defaultPolicy.onInconclusive}\``,
    bakeSeconds: String(defaultPolicy.bakeSeconds),
    watchSeconds: String(defaultPolicy.watchSeconds),
  });
});
