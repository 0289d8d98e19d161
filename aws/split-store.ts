import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { FenceLostError, type Splits } from '#rollouts/ports.ts';
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

/** SPLIT is one of DynamoDB's reserved words. */
const names = { '#split': 'split' };

/** The overlay in the one table: `put` is refused below the stored fence, so that a superseded rollout cannot write. */
export function splitStore({ client, name: TableName }: Table): SplitStore {
  return {
    async get(node) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: splitKey(node), ConsistentRead: true }));
      return Item && { split: Item['split'], fence: Item['fence'] };
    },

    async put(node, split, fence) {
      const written = await isWritten(
        client.send(
          new UpdateCommand({
            TableName,
            Key: splitKey(node),
            UpdateExpression: 'SET #split = :split, fence = :fence',
            ExpressionAttributeNames: names,
            ConditionExpression: 'attribute_not_exists(fence) OR fence <= :fence',
            ExpressionAttributeValues: { ':split': split, ':fence': fence },
          }),
        ),
      );
      if (!written) throw new FenceLostError(`A rollout with a fence above ${fence} owns ${node.mesh}/${node.name}.`);
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
