import { expect, test } from 'vitest';
import { quickPolicy, scenario } from '../support/given-when-then.ts';

const [given, when, then] = scenario({
  images: {
    // ECS keeps the old tasks of a rolling update for as long as its health check does not pass.
    'shop/payments:slow': {
      command: ['node', 'local/shop/payments.ts'],
      env: { VERSION: 'slow', WARM_UP_SECONDS: '75' },
    },
  },
});

/** A first step that nothing but somebody's word ends. */
const unhurried = [
  { weight: 10, seconds: 3600 },
  { weight: 50, seconds: 3600 },
  { weight: 100, seconds: 1 },
];
const farFreeze = { from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z', reason: 'the end of the century' };

test('a release waits at its gate until it is approved; then an operator sets a weight and leaves a step out', async () => {
  await given.aSettledShop();
  await given.onlyPolicy({ ...quickPolicy, steps: unhurried, gates: { start: { expirySeconds: 600 } } });
  await when.release('orders', 'v2');
  await when.phaseIs('awaitingApproval');
  await then.allTrafficIsBack();
  await when.operatorSays('approve');
  await when.weightReaches(10);
  await when.operatorSays('set-weight', { weight: 30 });
  await when.weightReaches(30);
  await when.phaseIs('observing');
  await when.operatorSays('skip-step', { step: 2 });
  await when.weightReaches(50);
  await when.operatorSays('promote?full=true');
  const rollout = await then.rolloutEnds('promoted');
  then.everyStepWasConfirmed(rollout);
  expect(rollout.steps.map(({ weight }) => weight)).toEqual([10, 30, 50, 100]);
  await then.allTrafficGoesTo('v2');
  then.clientFailuresAreAtMost(0);
});

test('a release that nobody approves is taken back; tried again, blue/green, it goes through', async () => {
  await given.aSettledShop();
  await given.onlyPolicy({ ...quickPolicy, gates: { start: { expirySeconds: 2 } } });
  await when.release('orders', 'v1');
  const denied = await then.rolloutEnds('rolledBack');
  expect(denied.reason).toBe('Nobody approved gates.start in time.');
  expect(denied.steps).toEqual([]);
  await given.onlyPolicy({ ...quickPolicy, strategy: 'blueGreen' });
  await when.lastIsRetried();
  const rollout = await then.rolloutEnds('promoted');
  expect(rollout.steps.map(({ weight }) => weight)).toEqual([100]);
  await then.allTrafficGoesTo('v1');
  then.clientFailuresAreAtMost(0);
});

test('a release in a freeze waits, and is superseded by one that is not judged', async () => {
  await given.aSettledShop();
  await given.onlyPolicy({ ...quickPolicy, freezes: [farFreeze] });
  await when.release('orders', 'v3');
  await when.phaseIs('awaitingWindow');
  await given.onlyPolicy({ ...quickPolicy, strategy: 'off' });
  await when.release('orders', 'v2');
  await then.rolloutEnds('superseded', { back: 1 });
  const rollout = await then.rolloutEnds('promoted');
  expect(rollout.steps).toEqual([]);
  await then.allTrafficGoesTo('v2');
  then.clientFailuresAreAtMost(0);
});

test('of two releases in a mesh that lets one go at a time, the second goes when the first has ended', async () => {
  await given.aSettledShop();
  await given.onlyPolicy({ ...quickPolicy, steps: unhurried, concurrency: { maxRollouts: 1 } });
  await when.release('orders', 'v1');
  await when.weightReaches(10);
  await given.policy({ steps: quickPolicy.steps });
  await when.release('payments', 'slow');
  await when.phaseIs('awaitingTurn');
  await when.operatorSaysOf(1, 'rollback');
  await then.rolloutEnds('rolledBack', { back: 1 });
  await when.weightReaches(10);
  await when.operatorSays('rollback');
  const rollout = await then.rolloutEnds('rolledBack');
  then.everyStepWasConfirmed(rollout);
  then.clientFailuresAreAtMost(0);
});

test('an A/B test gives its audience the new version, and nobody else', async () => {
  await given.aSettledShop();
  await given.onlyPolicy({
    ...quickPolicy,
    strategy: 'abTest',
    abTest: { audience: { header: { name: 'x-beta', match: { exact: 'yes' } } }, weight: 100, seconds: 3600 },
  });
  await when.release('orders', 'v1');
  await when.weightReaches(100);
  await then.trafficWithHeaderGoesTo('v1', { 'x-beta': 'yes' });
  await then.allTrafficIsBack();
  await when.operatorSays('rollback');
  const rollout = await then.rolloutEnds('rolledBack');
  expect(rollout.steps).toMatchObject([{ mode: 'audience', weight: 100 }]);
  await then.trafficWithHeaderGoesTo('v2', { 'x-beta': 'yes' });
  then.clientFailuresAreAtMost(0);
});

test('a mirror shows a bad release by copies: it comes back before any client has met it', async () => {
  await given.aSettledShop();
  await given.onlyPolicy({ ...quickPolicy, strategy: 'mirror', mirror: { percent: 50, seconds: 3600 } });
  await when.release('orders', 'v3');
  const rollout = await then.rolloutEnds('rolledBack');
  expect(rollout.steps).toMatchObject([{ mode: 'mirror', weight: 50 }]);
  expect(rollout.evidence?.canary.failures).toBeGreaterThan(0);
  await then.allTrafficIsBack();
  then.clientFailuresAreAtMost(0);
});

test('a dry run tells that a release is bad and acts on nothing; with nothing under way the service is taken back', async () => {
  await given.aSettledShop();
  await given.onlyPolicy({ ...quickPolicy, dryRun: true });
  await when.release('orders', 'v3');
  const rollout = await then.rolloutEnds('promoted');
  expect(rollout.reason).toMatch(/^Dry run, ECS went on: canary failed/);
  await when.serviceIsRolledBack();
  await then.allTrafficIsBack();
});
