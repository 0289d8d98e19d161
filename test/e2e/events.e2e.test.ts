import { test } from 'vitest';
import type { EventFilter } from '../../local/ecs/event-publisher.ts';
import { scenario } from '../support/given-when-then.ts';

/** Each event arrives twice: in its place, and again when later ones have long been seen. */
const twiceAndLate: EventFilter = (entry) => [{ entry }, { entry, delayMs: 4_000 }];

const [given, when, then] = scenario({ ecs: { eventFilter: twiceAndLate } });

test('events that ECS sends twice, the second time late, change nothing', async () => {
  await given.aSettledShop();
  await when.release('orders', 'v2');
  const rollout = await then.rolloutEnds('promoted');
  then.everyStepWasConfirmed(rollout);
  await then.allTrafficGoesTo('v2');
  then.clientFailuresAreAtMost(0);
});
