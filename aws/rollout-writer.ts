import { Conflict } from '#mesh/api/errors.ts';
import { arnPath } from '#mesh/model/arn.ts';
import type { Resource } from '#mesh/model/resource.ts';
import type { RouteWriter } from '#rollouts/route-shift.ts';
import { serviceLockKey } from './keys.ts';
import { parentOf } from './mesh-store-steps.ts';
import type { Step } from './transact.ts';

/** Ids of rollouts that move routes; short, since a client token holds 36 characters at most. */
const token = /^w-(route-[a-z0-9]{12})-(\d{1,6})-(\d{1,6})$/;

/** The client token under which a rollout writes a route over `version` of it. */
export function writerToken({ rollout, fence, version }: RouteWriter): string {
  return `w-${rollout}-${fence}-${version}`;
}

/** The rollout that a client token says writes; `undefined` for everybody else's. */
export function writerOf(text: string | undefined): RouteWriter | undefined {
  const [, rollout, fence, version] = token.exec(text ?? '') ?? [];
  return rollout === undefined ? undefined : { rollout, fence: Number(fence), version: Number(version) };
}

/**
 * The rollout still holds the virtual router's lock under its fence.
 * @throws {Conflict} when the route is not what the rollout had read: a user's write would be lost.
 */
export function fenceStep(table: string, route: Resource, { rollout, fence, version }: RouteWriter): Step {
  const router = parentOf(route);
  if (route.version !== version)
    throw new Conflict(`route ${route.name} is at version ${route.version}: rollout ${rollout} had read ${version}`);
  return {
    item: {
      ConditionCheck: {
        TableName: table,
        Key: serviceLockKey(arnPath(router)),
        ConditionExpression: 'rollout = :rollout AND fence = :fence',
        ExpressionAttributeValues: { ':rollout': rollout, ':fence': fence },
      },
    },
    refused: () => new Conflict(`rollout ${rollout} does not hold virtual router ${router.name} any more`),
  };
}
