import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Resource, ResourceId } from '#mesh/model/resource.ts';
import { serviceDiscovery } from './clients-cloud-map.ts';
import { cloudMap } from './cloud-map.ts';
import { cloudMapStore } from './cloud-map-store.ts';
import { resourceKey } from './keys.ts';
import { logger } from './logger.ts';
import { type ResourceItem, resourceOf } from './mesh-store-item.ts';
import { publisher } from './publish.ts';
import { cloudMapNodes, refreshCloudMap } from './refresh-cloud-map.ts';
import { type Table, table } from './table.ts';

/**
 * Brings a stored change to the proxies it reaches and removes its outbox item (`MeshPublisher`). A node that is now declared in
 * Cloud Map is looked up before; when that fails, the sweep does so within a minute.
 */
export async function publishChanges(
  owner: string,
  mesh: string,
  outboxId: string,
  changes: readonly ResourceId[],
): Promise<void> {
  await lookUpChanged(table(), changes);
  await publisher().publishChanges(owner, mesh, outboxId, changes);
}

async function lookUpChanged(items: Table, changes: readonly ResourceId[]): Promise<void> {
  const ids = changes.filter(({ kind }) => kind === 'virtualNode');
  const read = await Promise.all(ids.map((id) => readResource(items, id)));
  const ports = { cloudMap: cloudMap(serviceDiscovery), store: cloudMapStore(items) };
  for (const node of cloudMapNodes(read.flatMap((resource) => resource ?? [])))
    await refreshCloudMap(ports, node).catch((error: Error) =>
      logger.warn('Cloud Map left to the sweep', { error, node: node.proxy.name }),
    );
}

async function readResource({ client, name }: Table, id: ResourceId): Promise<Resource | undefined> {
  const key = { TableName: name, Key: { ...resourceKey(id) }, ConsistentRead: true };
  const { Item } = await client.send(new GetCommand(key));
  return Item && resourceOf(Item as unknown as ResourceItem);
}
