import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { defaultEvents, notificationsSchema, wants } from '#rollouts/notification.ts';
import { eventNameOf, rolloutEventNames, rolloutEvents } from '#rollouts/rollout-events.ts';

const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:weir/ops-AbCdEf';
const refusal = (value: unknown): string => v.safeParse(notificationsSchema, value).issues?.[0].message ?? 'accepted';

describe('notifications of a policy', () => {
  test.each([
    [{ kind: 'webhook', secretArn }],
    [{ kind: 'webhook', secretArn, url: 'https://ops.example.com/weir', on: ['started', 'failed'] }],
    [{ kind: 'slack', url: 'https://hooks.slack.com/services/T0/B0/x' }],
    [{ kind: 'teams', secretArn }],
  ])('take %o', (one) => {
    expect(refusal([one])).toBe('accepted');
  });

  test.each([
    [{ kind: 'slack' }, 'needs url or secretArn'],
    [{ kind: 'slack', url: 'http://hooks.slack.com/x' }, 'is no https URL'],
    [{ kind: 'slack', url: 'nowhere' }, 'is no https URL'],
    [{ kind: 'slack', url: 'https://me:pw@example.com/' }, 'must not hold a user name: use the secret'],
    [{ kind: 'webhook', url: 'https://example.com/' }, 'is missing: a webhook is signed'],
    [{ kind: 'teams', secretArn: secretArn.replace('weir/', 'other/') }, 'is no ARN of a secret named weir/'],
    [{ kind: 'slack', secretArn, on: [] }, 'names no event'],
    [{ kind: 'slack', secretArn, on: ['exploded'] }, 'Invalid type'],
    [{ kind: 'pager', secretArn }, 'Invalid type'],
    [{ kind: 'slack', secretArn, channel: '#ops' }, 'Invalid key'],
  ])('refuse %o: %s', (one, why) => {
    expect(refusal([one])).toContain(why);
  });

  test('are at most ten', () => {
    expect(refusal(Array(10).fill({ kind: 'teams', secretArn }))).toBe('accepted');
    expect(refusal(Array(11).fill({ kind: 'teams', secretArn }))).toBe('has at most 10 entries');
  });

  test('tell outcomes and what waits for a person, unless they list events of their own', () => {
    expect(defaultEvents.every((event) => wants({}, event))).toBe(true);
    expect(wants({}, 'weightShifted')).toBe(false);
    expect(wants({ on: ['weightShifted'] }, 'weightShifted')).toBe(true);
    expect(wants({ on: ['weightShifted'] }, 'failed')).toBe(false);
  });

  test('know each event of a rollout by its detail type and no other', () => {
    expect(rolloutEventNames.map((name) => eventNameOf(rolloutEvents[name]))).toEqual(rolloutEventNames);
    expect(eventNameOf('ECS Task State Change')).toBeUndefined();
  });
});
