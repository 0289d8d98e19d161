import { expect, test } from 'vitest';
import { quickPolicy, scenario } from '../support/given-when-then.ts';

const [given, when, then] = scenario({
  images: {
    // Its health check passes after 20 s only: as long as ECS keeps the old tasks of a rolling update.
    'shop/payments:slow-and-bad': {
      command: ['node', 'local/shop/payments.ts'],
      env: { VERSION: 'slow-and-bad', FAIL_PERCENT: '30', WARM_UP_SECONDS: '20' },
    },
  },
});

/** A first step that nothing but somebody's word, or a fault, ends. */
const unhurried = [
  { weight: 10, seconds: 3600 },
  { weight: 100, seconds: 1 },
];

test('a good release goes through the whole canary and no client notices', async () => {
  await given.aSettledShop();
  await when.release('orders', 'v2');
  const rollout = await then.rolloutEnds('promoted');
  then.everyStepWasConfirmed(rollout);
  expect(rollout.steps.map(({ weight }) => weight)).toEqual([10, 50, 100]);
  await then.allTrafficGoesTo('v2');
  then.clientFailuresAreAtMost(0);
});

test('a bad release comes back by itself and the shield keeps its failures from the client', async () => {
  await given.aSettledShop();
  await when.release('orders', 'v3');
  const rollout = await then.rolloutEnds('rolledBack');
  then.everyStepWasConfirmed(rollout);
  expect(rollout.zeroAckedAt).toBeDefined();
  expect(rollout.evidence?.canary.failures).toBeGreaterThan(0);
  await then.allTrafficIsBack();
  then.clientFailuresAreAtMost(3);
});

test('an operator takes a good release back', async () => {
  await given.aSettledShop();
  await given.policy({ steps: unhurried });
  await when.release('orders', 'v1');
  await when.weightReaches(10);
  await when.operatorSays('rollback');
  await then.rolloutEnds('rolledBack');
  await then.allTrafficIsBack();
  then.clientFailuresAreAtMost(0);
});

test('a paused release stays where it is until it is resumed', async () => {
  await given.aSettledShop();
  await given.policy({ steps: unhurried });
  await when.release('orders', 'v1');
  await when.weightReaches(10);
  await when.operatorSays('pause');
  await then.theWeightStaysAt(10);
  await when.operatorSays('resume');
  await when.phaseIs('observing');
  await when.operatorSays('promote');
  await then.rolloutEnds('promoted');
  await then.allTrafficGoesTo('v1');
  then.clientFailuresAreAtMost(0);
});

test('an operator promotes a release past its remaining steps', async () => {
  await given.aSettledShop();
  await given.policy({ steps: [unhurried[0], { weight: 50, seconds: 3600 }, { weight: 100, seconds: 1 }] });
  await when.release('orders', 'v2');
  await when.weightReaches(10);
  await when.operatorSays('promote?full=true');
  const rollout = await then.rolloutEnds('promoted');
  then.everyStepWasConfirmed(rollout);
  await then.allTrafficGoesTo('v2');
  then.clientFailuresAreAtMost(0);
});

test('a service that ECS updates in the rolling way is guarded: its bad release is stopped before the old tasks go', async () => {
  await given.aSettledShop();
  await given.policy(quickPolicy);
  await when.release('payments', 'slow-and-bad');
  const rollout = await then.rolloutEnds('rolledBack');
  then.everyStepWasConfirmed(rollout);
  await then.serviceRuns('payments', 2);
  await then.noTaskRuns('payments', 'slow-and-bad');
  then.clientFailuresAreAtMost(3);
});

test('a CloudWatch alarm of the user takes a release back, however healthy its answers are', async () => {
  await given.aSettledShop();
  await given.alarm('complaints');
  await given.policy({
    steps: unhurried,
    alarms: ['complaints'],
  });
  await when.release('orders', 'v1');
  await when.weightReaches(10);
  await when.metricRises('complaints');
  const rollout = await then.rolloutEnds('rolledBack');
  expect(rollout.reason).toContain('complaints');
  await then.allTrafficIsBack();
  then.clientFailuresAreAtMost(0);
});
