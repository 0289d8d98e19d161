import { test } from 'vitest';
import { quickPolicy, scenario } from '../support/given-when-then.ts';

const [given, when, then] = scenario({
  images: { 'shop/orders:crashing': { command: ['/bin/sh', '-c', 'exit 3'] } },
});

test('two deployments at once: the older is superseded, the newer ends promoted', async () => {
  await given.aSettledShop();
  // Healthy and in no hurry: nothing but the newer deployment can end it.
  await given.policy({
    steps: [
      { weight: 10, seconds: 3600 },
      { weight: 100, seconds: 1 },
    ],
  });
  await when.release('orders', 'v1');
  await when.weightReaches(10);
  await given.policy(quickPolicy);
  await when.release('orders', 'v2');
  await then.rolloutEnds('superseded', { back: 1 });
  await then.rolloutEnds('promoted');
  await then.allTrafficGoesTo('v2');
});

test('a release whose tasks crash never gets traffic and is rolled back', async () => {
  await given.aSettledShop();
  await given.policy({ scaleUpSeconds: 10 });
  await when.release('orders', 'crashing');
  await then.rolloutEnds('rolledBack');
  await then.allTrafficIsBack();
  then.clientFailuresAreAtMost(0);
});

test('an agent killed in mid-canary comes back, and the canary goes on', async () => {
  await given.aSettledShop();
  await when.release('orders', 'v1');
  await when.weightReaches(10);
  await when.kill('agent', 'front');
  await then.rolloutEnds('promoted');
  await then.allTrafficGoesTo('v1');
  then.clientFailuresAreAtMost(0);
});

test('the Envoy of a gateway killed in mid-canary costs the requests it held and nothing else', async () => {
  await given.aSettledShop();
  await when.release('orders', 'v2');
  await when.weightReaches(10);
  await when.kill('envoy', 'front');
  await then.rolloutEnds('promoted');
  await then.allTrafficGoesTo('v2');
  then.clientFailuresAreAtMost(0);
});

test('the Envoy of a stable task killed in mid-canary costs the requests it held and nothing else', async () => {
  await given.aSettledShop();
  await when.release('orders', 'v1');
  await when.weightReaches(10);
  await when.kill('envoy', 'orders');
  await then.rolloutEnds('promoted');
  then.clientFailuresAreAtMost(0);
});

test('every worker of the function that takes acknowledgements killed in mid-canary: they are taken all the same', async () => {
  await given.aSettledShop();
  await when.release('orders', 'v2');
  await when.weightReaches(10);
  when.killWorkersOf('ReceiveAcks');
  await then.rolloutEnds('promoted');
  await then.allTrafficGoesTo('v2');
  then.clientFailuresAreAtMost(0);
});
