import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { MeshName, Turns } from '#rollouts/policy-ports.ts';
import { isWritten } from './is-written.ts';
import { turnsKey } from './keys.ts';
import { readRolloutItem } from './rollout-item.ts';
import type { Table } from './table.ts';

/** Turns in the one table: one set of rollouts a mesh, added to under a condition on its size. */
export function turnStore(items: Table): Turns {
  const { client, name: TableName } = items;

  async function holders({ owner, mesh }: MeshName): Promise<readonly string[]> {
    const { Item } = await client.send(new GetCommand({ TableName, Key: turnsKey(owner, mesh), ConsistentRead: true }));
    return [...((Item?.['rollouts'] as ReadonlySet<string> | undefined) ?? [])];
  }

  function add({ owner, mesh }: MeshName, rollout: string, most: number): Promise<boolean> {
    return isWritten(
      client.send(
        new UpdateCommand({
          TableName,
          Key: turnsKey(owner, mesh),
          UpdateExpression: 'ADD rollouts :own',
          ConditionExpression:
            'attribute_not_exists(rollouts) OR contains(rollouts, :rollout) OR size(rollouts) < :most',
          ExpressionAttributeValues: { ':own': new Set([rollout]), ':rollout': rollout, ':most': most },
        }),
      ),
    );
  }

  async function giveBack({ owner, mesh }: MeshName, rollout: string): Promise<void> {
    await client.send(
      new UpdateCommand({
        TableName,
        Key: turnsKey(owner, mesh),
        UpdateExpression: 'DELETE rollouts :own',
        ExpressionAttributeValues: { ':own': new Set([rollout]) },
      }),
    );
  }

  /** Whoever ended without giving its turn back has died in between. */
  async function clear(mesh: MeshName): Promise<readonly string[]> {
    const all = await holders(mesh);
    const states = await Promise.all(all.map(async (id) => (await readRolloutItem(items, id)).rollout?.status));
    const gone = all.filter((_, i) => states[i] !== 'running');
    for (const id of gone) await giveBack(mesh, id);
    return all.filter((id) => !gone.includes(id));
  }

  return {
    async take(mesh, rollout, most) {
      if (await add(mesh, rollout, most)) return true;
      await clear(mesh);
      return add(mesh, rollout, most);
    },
    async isFree(mesh, rollout, most) {
      const holding = await clear(mesh);
      return holding.includes(rollout) || holding.length < most;
    },
    giveBack,
  };
}
