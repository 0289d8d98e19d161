import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Split } from '#mesh/model/split.ts';
import { FenceLostError, type Splits, type StoredSplit } from '#rollouts/ports.ts';
import { isWritten } from './is-written.ts';
import { splitKey } from './keys.ts';
import type { Table } from './table.ts';

/** The splits, and the two changes to them that no rollout makes. */
export interface SplitStore extends Splits {
  /** Makes the first deployment seen of a node its stable variant; false when the node has a split already. */
  adopt(node: ProxyId, deployment: string): Promise<boolean>;
  /** Adds a deployment to the stable variant (ECS relaunched the old revision under a new id); false when it is there, or no split is. */
  addStable(node: ProxyId, deployment: string): Promise<boolean>;
}

/** Only ECS's own rollbacks change a split beside its rollout: a handful in the life of a deployment. */
const ATTEMPTS = 10;

/** Raised when the stable variant would not stay the same for one write; the task may be retried. */
export class SplitContendedError extends Error {
  override readonly name = 'SplitContended';
}

/** SPLIT is one of DynamoDB's reserved words. */
const names = { '#split': 'split' };

/** The overlay in the one table: `put` is refused below the stored fence, so that a superseded rollout cannot write. */
export function splitStore(table: Table): SplitStore {
  const { client, name: TableName } = table;
  return {
    get: (node) => read(table, node),

    async put(node, split, fence) {
      if (!(await write(table, node, split, fence))) throw fenceLost(node, fence);
    },

    async change(node, fence, alter) {
      for (let tries = 0; tries < ATTEMPTS; tries++) {
        const stored = await read(table, node);
        if (stored !== undefined && stored.fence > fence) throw fenceLost(node, fence);
        const split = alter(stored?.split);
        if (split === undefined) return false;
        if (await write(table, node, split, fence, stored?.split)) return true;
      }
      throw new SplitContendedError(`The split of ${node.mesh}/${node.name} changed ${ATTEMPTS} times in a row.`);
    },

    adopt(node, deployment) {
      return isWritten(
        client.send(
          new UpdateCommand({
            TableName,
            Key: splitKey(node),
            UpdateExpression: 'SET #split = :split, fence = :fence',
            ExpressionAttributeNames: names,
            ConditionExpression: 'attribute_not_exists(pk)',
            ExpressionAttributeValues: { ':split': { stable: [deployment] }, ':fence': 0 },
          }),
        ),
      );
    },

    addStable(node, deployment) {
      return isWritten(
        client.send(
          new UpdateCommand({
            TableName,
            Key: splitKey(node),
            UpdateExpression: 'SET #split.stable = list_append(#split.stable, :added)',
            ExpressionAttributeNames: names,
            ConditionExpression: 'attribute_exists(pk) AND NOT contains(#split.stable, :deployment)',
            ExpressionAttributeValues: { ':added': [deployment], ':deployment': deployment },
          }),
        ),
      );
    },
  };
}

async function read({ client, name: TableName }: Table, node: ProxyId): Promise<StoredSplit | undefined> {
  const { Item } = await client.send(new GetCommand({ TableName, Key: splitKey(node), ConsistentRead: true }));
  return Item && { split: Item['split'], fence: Item['fence'] };
}

/** False when the fence is lost, or the stable variant is not the one in `over` any more. */
function write({ client, name: TableName }: Table, node: ProxyId, split: Split, fence: number, over?: Split) {
  const fenced = '(attribute_not_exists(fence) OR fence <= :fence)';
  return isWritten(
    client.send(
      new UpdateCommand({
        TableName,
        Key: splitKey(node),
        UpdateExpression: 'SET #split = :split, fence = :fence',
        ExpressionAttributeNames: names,
        ConditionExpression: over === undefined ? fenced : `${fenced} AND #split.stable = :over`,
        ExpressionAttributeValues: { ':split': split, ':fence': fence, ...(over && { ':over': over.stable }) },
      }),
    ),
  );
}

function fenceLost({ mesh, name }: ProxyId, fence: number): FenceLostError {
  return new FenceLostError(`A rollout with a fence above ${fence} owns ${mesh}/${name}.`);
}
