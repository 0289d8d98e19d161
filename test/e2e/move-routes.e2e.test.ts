import { beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../local/story/wait-for.ts';
import { watchRollout } from '../../local/story/watch-rollout.ts';
import { scenario } from '../support/given-when-then.ts';
import { declaredWeights, moveTraffic, say, startTwin, TWIN, writeWeights } from '../support/twin-service.ts';

const END_MS = 120_000;
const [given, when, then, world] = scenario();

beforeAll(() => startTwin(world, 'v2'), END_MS);

const ended = (id: string) => watchRollout(world.shop.api, id, END_MS);

test('traffic moves from one virtual node to its twin, step by step, by the declared weights', async () => {
  await given.aSettledShop();
  const rollout = await ended(await moveTraffic(world, 'orders', TWIN));
  expect(`${rollout.status}: ${rollout.reason}`).toMatch(/^promoted: /);
  then.everyStepWasConfirmed(rollout);
  expect(rollout.steps.map(({ weight }) => weight)).toEqual([10, 50, 100]);
  expect(rollout.evidence?.canary.requests).toBeGreaterThan(0);
  expect(await declaredWeights(world)).toEqual({ orders: 0, [TWIN]: 100 });
  await then.allTrafficGoesTo('v2');
  then.clientFailuresAreAtMost(0);
});

test('a bad twin gets its traffic taken away again', async () => {
  await given.aSettledShop();
  // Nobody judges what gets no traffic yet.
  await say(world, 'PUT', 'policies/shop/virtualNode/orders', { strategy: 'off' });
  await when.release('orders', 'v3');
  await then.rolloutEnds('promoted');
  await say(world, 'DELETE', 'policies/shop/virtualNode/orders');
  const rollout = await ended(await moveTraffic(world, TWIN, 'orders'));
  expect(`${rollout.status}: ${rollout.reason}`).toMatch(/^rolledBack: /);
  expect(await declaredWeights(world)).toEqual({ orders: 0, [TWIN]: 100 });
  await then.allTrafficGoesTo('v2');
});

test('a user who writes the route meanwhile has the last word, and the rollout ends', async () => {
  await given.aSettledShop();
  const wholeHour = {
    steps: [
      { weight: 1, seconds: 3600 },
      { weight: 100, seconds: 1 },
    ],
    alpha: 1e-9,
  };
  await say(world, 'PUT', 'policies/shop/virtualNode/orders', wholeHour);
  const id = await moveTraffic(world, TWIN, 'orders');
  await waitFor('the first weight', END_MS, async () => (await world.shop.api.rollout(id))?.phase === 'observing');
  await writeWeights(world, { orders: 0, [TWIN]: 90 });
  await say(world, 'POST', `rollouts/${id}/skip-step`);
  const rollout = await ended(id);
  expect(`${rollout.status}: ${rollout.reason}`).toMatch(/^superseded: .*written by somebody else/);
  expect(await declaredWeights(world)).toEqual({ orders: 0, [TWIN]: 90 });
});
