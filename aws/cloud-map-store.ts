import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { CloudMapInstance } from '#mesh/model/cloud-map-instance.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { isWritten } from './is-written.ts';
import { cloudMapKey } from './keys.ts';
import type { Table } from './table.ts';

/** What Cloud Map last said of a virtual node; it is read with the node's tasks (`ProxyItems.cloudMap`). */
export interface CloudMapStore {
  /** Keeps the instances; tells whether that changed anything. */
  keep(node: ProxyId, instances: readonly CloudMapInstance[]): Promise<boolean>;
}

/** The instances of a node in the one table, beside its tasks; two writers at once agree on the later one. */
export function cloudMapStore({ client, name: TableName }: Table): CloudMapStore {
  return {
    keep: (node, instances) =>
      isWritten(
        client.send(
          new PutCommand({
            TableName,
            Item: { ...cloudMapKey(node), instances },
            ConditionExpression: 'attribute_not_exists(pk) OR instances <> :instances',
            ExpressionAttributeValues: { ':instances': instances },
          }),
        ),
      ),
  };
}
