import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { defaultPolicy, mergePolicy } from '#rollouts/policy.ts';
import type { Policies } from '#rollouts/ports.ts';
import { isCommitted } from './is-written.ts';
import { policyKey, resourceKey } from './keys.ts';
import type { Table } from './table.ts';

/** Rollout policies in the one table; a mesh without one has the default. */
export function policyStore({ client, name: TableName }: Table): Policies {
  return {
    async get(owner, mesh) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: policyKey(owner, mesh), ConsistentRead: true }),
      );
      return Item === undefined ? defaultPolicy : mergePolicy(defaultPolicy, Item['policy']);
    },
    async put(owner, mesh, policy) {
      const meshKey = resourceKey({ kind: 'mesh', owner, mesh, name: mesh });
      const write = new TransactWriteCommand({
        TransactItems: [
          { ConditionCheck: { TableName, Key: meshKey, ConditionExpression: 'attribute_exists(pk)' } },
          { Put: { TableName, Item: { ...policyKey(owner, mesh), policy } } },
        ],
      });
      return isCommitted(client.send(write));
    },
  };
}
