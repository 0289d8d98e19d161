import { describe, expect, test } from 'vitest';
import { defaultPolicy } from '#rollouts/policy.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import type { Policy } from '#rollouts/types.ts';
import { routeEvents } from '../../functions/route-events/route-events.ts';
import { busEvent, EventWorld } from '../support/event-world.ts';
import { rollout } from '../support/rollout.ts';

const route = (world: EventWorld) => routeEvents(world.ports);

describe('an alarm', () => {
  const alarm = (value: string) =>
    busEvent('CloudWatch Alarm State Change', { alarmName: 'orders-5xx', state: { value, reason: '7 > 5' } });

  test('is told to the running rollouts whose policy names it, and to no other', async () => {
    const world = new EventWorld();
    world.runningRollouts = [
      { id: 'dep-1', policy: { ...defaultPolicy, alarms: ['orders-5xx'] }, startedAt: 0 },
      { id: 'dep-2', policy: defaultPolicy, startedAt: 0 },
    ];
    await route(world)(alarm('OK'));
    await route(world)(alarm('ALARM'));

    expect(world.facts).toEqual([
      ['dep-1', { kind: 'alarm', at: world.now, reason: 'Alarm orders-5xx is in ALARM: 7 > 5' }],
    ]);
    expect(world.woken).toEqual(['dep-1']);
  });

  test('is waited for, before the first weight, by a rollout whose policy says so; when it is over it is woken', async () => {
    const world = new EventWorld();
    const policy = { ...defaultPolicy, alarms: ['orders-5xx'], alarmWaitSeconds: 600 };
    const wait = { name: 'alarms', token: 't', since: 1, seconds: 600 } as const;
    world.runningRollouts = [rollout({ policy, startedAt: 0, wait })];

    await route(world)(alarm('ALARM'));
    expect([world.facts, world.woken]).toEqual([[], []]);

    await route(world)(alarm('OK'));
    expect(world.woken).toEqual(['dep-2']);
  });

  test('counts against the same rollout once it has a weight', async () => {
    const world = new EventWorld();
    const policy = { ...defaultPolicy, alarms: ['orders-5xx'], alarmWaitSeconds: 600 };
    const steps = [{ weight: 5, appliedAt: 1, requiredSidecars: 1, ackedSidecars: 1 }];
    world.runningRollouts = [rollout({ policy, startedAt: 0, steps })];

    await route(world)(alarm('ALARM'));

    expect(world.facts).toHaveLength(1);
  });

  test('is not told to a rollout that began after it fired: an event may come hours late', async () => {
    const world = new EventWorld();
    const late = alarm('ALARM');
    const policy = { ...defaultPolicy, alarms: ['orders-5xx'] };
    world.runningRollouts = [{ id: 'dep-1', policy, startedAt: Date.parse(late.time) + 1000 }];
    await route(world)(late);

    expect(world.facts).toEqual([]);
  });
});

describe('an alarm after a promotion', () => {
  const alarm = busEvent('CloudWatch Alarm State Change', {
    alarmName: 'a',
    state: { value: 'ALARM', reason: '7 > 5' },
  });
  const firedAt = Date.parse(alarm.time);
  const repairs = async (endedAt: number, policy: Partial<Policy> = {}, kind: Rollout['kind'] = 'release') => {
    const world = new EventWorld();
    const watched = { ...defaultPolicy, alarms: ['a'], watchSeconds: 60, ...policy };
    world.promotedRollouts = [rollout({ status: 'promoted', kind, policy: watched, startedAt: 0, endedAt })];
    await route(world)(alarm);
    return world.repairs;
  };

  test('has the promotion taken back, once', async () => {
    const input = { kind: 'regression', rolloutId: 'dep-2', reason: 'Alarm a is in ALARM: 7 > 5' };
    expect(await repairs(firedAt - 1000)).toEqual([['back-dep-2', input]]);
    expect(await repairs(firedAt - 60_000)).toHaveLength(1);
  });

  test.each([
    ['came before it', firedAt + 1000, {}],
    ['comes after the time it is watched', firedAt - 60_001, {}],
    ['is none of its policy', firedAt - 1000, { alarms: ['b'] }],
    ['is not watched', firedAt - 1000, { watchSeconds: 0 }],
    ['was a dry run', firedAt - 1000, { dryRun: true }],
  ])('that %s leaves it alone', async (_, endedAt, policy) => {
    expect(await repairs(endedAt, policy)).toEqual([]);
  });

  test.each(['rollback', 'route'] as const)(
    'of kind %s takes nothing back: two bad revisions would alternate for ever',
    async (kind) => {
      expect(await repairs(firedAt - 1000, {}, kind)).toEqual([]);
    },
  );
});
