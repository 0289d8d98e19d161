import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { LockAnswer, LockClaim, ServiceLock } from '#rollouts/ports.ts';
import { isWritten } from './is-written.ts';
import { serviceLockKey } from './keys.ts';
import type { Table } from './table.ts';

/** The lock as it lies in the table; without `rollout` nobody holds it. */
interface LockItem {
  readonly rollout?: string;
  readonly fence: number;
  readonly deployedAt: number;
  /** Who held it before: told again to a claim that is repeated, whose first answer may have been lost. */
  readonly superseded?: string;
}

/** Two claims collide at most a few times: each attempt that fails has seen another one succeed. */
const ATTEMPTS = 10;

/** Raised when parallel claims keep each other from the lock; the task may be retried. */
export class LockContendedError extends Error {
  override readonly name = 'LockContended';
}

/** Locks of ECS services in the one table: a conditional put under the fence that was read. */
export function serviceLock(items: Table): ServiceLock {
  return {
    async acquire(service, claim) {
      for (let tries = 0; tries < ATTEMPTS; tries++) {
        const answer = await attempt(items, service, claim);
        if (answer !== undefined) return answer;
      }
      throw new LockContendedError(`lock of ${service}: ${ATTEMPTS} attempts lost to other deployments; try again`);
    },

    async release(service, rollout) {
      await isWritten(
        items.client.send(
          new UpdateCommand({
            TableName: items.name,
            Key: serviceLockKey(service),
            UpdateExpression: 'REMOVE rollout',
            ConditionExpression: 'rollout = :rollout',
            ExpressionAttributeValues: { ':rollout': rollout },
          }),
        ),
      );
    },
  };
}

/** `undefined` when another claim came between the read and the write. */
async function attempt(items: Table, service: string, claim: LockClaim): Promise<LockAnswer | undefined> {
  const Key = serviceLockKey(service);
  const { Item } = await items.client.send(new GetCommand({ TableName: items.name, Key, ConsistentRead: true }));
  const held: LockItem = (Item as LockItem | undefined) ?? { fence: 0, deployedAt: 0 };
  if (held.rollout === claim.rollout) return acquired(held);
  if (held.deployedAt > claim.deployedAt) return { kind: 'newer', rollout: held.rollout ?? 'of a newer deployment' };
  const fence = Math.max(held.fence, claim.above) + 1;
  const { rollout, deployedAt } = claim;
  const taken: LockItem = { rollout, fence, deployedAt, ...(held.rollout && { superseded: held.rollout }) };
  const put = new PutCommand({
    TableName: items.name,
    Item: { ...Key, ...taken },
    ConditionExpression: 'attribute_not_exists(pk) OR fence = :read',
    ExpressionAttributeValues: { ':read': held.fence },
  });
  return (await isWritten(items.client.send(put))) ? acquired(taken) : undefined;
}

function acquired({ fence, superseded }: LockItem): LockAnswer {
  return { kind: 'acquired', fence, ...(superseded === undefined ? {} : { superseded }) };
}
