import type { Shop } from './shop.ts';
import { type Released, settled } from './shop-services.ts';
import type { Release } from './story-file.ts';
import { rolloutId, watchRollout } from './watch-rollout.ts';
import type { Rollout } from './weir-api.ts';

/** What somebody who watches a release gets to see. */
export type ReleaseWatcher = {
  released(released: Released): void;
  look(before: Rollout | undefined, now: Rollout): void;
};

/** Far more than any policy of local mode takes: a rollout that is still open then hangs. */
const ROLLOUT_TIMEOUT_MS = 180_000;
const SETTLE_TIMEOUT_MS = 90_000;

/**
 * Releases a version of orders and follows it to its end: the rollout's, and then ECS's own, for taking the losing tasks
 * away must not cost a request either. Throws `WaitedTooLong` when either hangs.
 */
export async function runRelease(
  shop: Shop,
  version: string,
  watcher?: ReleaseWatcher,
  timeoutMs = ROLLOUT_TIMEOUT_MS,
): Promise<Release> {
  const since = Date.now();
  const before = shop.load.counts();
  const released = await shop.release('orders', version);
  watcher?.released(released);
  const id = rolloutId(released.deployment);
  const rollout = await watchRollout(shop.api, id, timeoutMs, watcher?.look);
  await settled(shop.ecs, 'orders', SETTLE_TIMEOUT_MS);
  const after = shop.load.counts();
  const client = { requests: after.requests - before.requests, failed: after.failed - before.failed };
  return releaseRecord(version, rollout, client, await shop.firstFailure(version, since));
}

/** What `.local/story.json` says of a rollout that has ended. */
export function releaseRecord(
  revision: string,
  { status, reason, steps, evidence, zeroAckedAt }: Rollout,
  client: Release['client'],
  firstFailureAt: number | undefined,
): Release {
  if (status === 'running') throw new Error(`The rollout of ${revision} has not ended.`);
  const { requests = 0, failures = 0, shielded = 0 } = evidence?.canary ?? {};
  const isTimed = firstFailureAt !== undefined && zeroAckedAt !== undefined;
  return {
    revision,
    outcome: status,
    reason,
    steps,
    ...(firstFailureAt !== undefined && { firstFailureAt }),
    ...(zeroAckedAt !== undefined && { zeroAckedAt }),
    ...(isTimed && { secondsToZero: (zeroAckedAt - firstFailureAt) / 1000 }),
    client,
    canary: { requests, failed: failures, shielded },
  };
}
