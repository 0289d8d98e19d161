import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { FenceLostError } from '#rollouts/ports.ts';
import type { Comparisons } from '#rollouts/route-shift.ts';
import { isWritten } from './is-written.ts';
import { comparisonKey } from './keys.ts';
import type { Table } from './table.ts';

/** Comparisons in the one table, beside the node's tasks: one a node, which its rollout takes and gives back. */
export function comparisonStore({ client, name: TableName }: Table): Comparisons {
  return {
    async put(node, comparison) {
      const put = new PutCommand({
        TableName,
        Item: { ...comparisonKey(node), rollout: comparison.rollout, comparison },
        ConditionExpression: 'attribute_not_exists(pk) OR rollout = :rollout',
        ExpressionAttributeValues: { ':rollout': comparison.rollout },
      });
      if (!(await isWritten(client.send(put))))
        throw new FenceLostError(`Another rollout moves traffic to ${node.name} of mesh ${node.mesh}.`);
    },

    async remove(node, rollout) {
      const remove = new DeleteCommand({
        TableName,
        Key: { ...comparisonKey(node) },
        ConditionExpression: 'rollout = :rollout',
        ExpressionAttributeValues: { ':rollout': rollout },
      });
      await isWritten(client.send(remove));
    },
  };
}
