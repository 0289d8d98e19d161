import type { ResourceId } from '#mesh/model/resource.ts';
import { serviceDiscovery } from './clients-cloud-map.ts';
import { iotData } from './clients-iot.ts';
import { s3 } from './clients-s3.ts';
import { cloudMap } from './cloud-map.ts';
import { cloudMapStore } from './cloud-map-store.ts';
import { readConfig } from './config.ts';
import { logger } from './logger.ts';
import { loadDeclaredMesh } from './mesh-view.ts';
import { newsPublisher } from './news-publisher.ts';
import { outbox } from './outbox.ts';
import { proxyStore } from './proxy-store.ts';
import { type MeshPublisher, meshPublisher } from './push-mesh.ts';
import { cloudMapNodes, refreshCloudMap } from './refresh-cloud-map.ts';
import { revisionStore } from './revision-store.ts';
import { snapshotStore } from './snapshot-store.ts';
import { table } from './table.ts';

/** The publisher on this function's environment. */
export function publisher(): MeshPublisher {
  const items = table();
  const { bucket, owner } = readConfig();
  return meshPublisher({
    reader: { declared: (account, mesh) => loadDeclaredMesh(items, account, mesh), items: proxyStore(items).items },
    snapshots: snapshotStore(s3, bucket, owner),
    revisions: revisionStore(items),
    news: newsPublisher(iotData),
    outbox: outbox(items),
    now: Date.now,
  });
}

/** Brings a stored change to the proxies it reaches and removes its outbox item; see {@link MeshPublisher}. */
export async function publishChanges(
  owner: string,
  mesh: string,
  outboxId: string,
  changes: readonly ResourceId[],
): Promise<void> {
  await lookUpChanged(owner, mesh, changes);
  await publisher().publishChanges(owner, mesh, outboxId, changes);
}

/** A node that is now declared in Cloud Map is looked up at once; when that fails, the sweep does so within a minute. */
async function lookUpChanged(owner: string, mesh: string, changes: readonly ResourceId[]): Promise<void> {
  const changed = new Set(changes.filter(({ kind }) => kind === 'virtualNode').map(({ name }) => name));
  if (changed.size === 0) return;
  const { resources } = await loadDeclaredMesh(table(), owner, mesh);
  const nodes = cloudMapNodes(resources).filter(({ proxy }) => changed.has(proxy.name));
  const ports = { cloudMap: cloudMap(serviceDiscovery), store: cloudMapStore(table()) };
  for (const node of nodes)
    await refreshCloudMap(ports, node).catch((error: Error) =>
      logger.warn('Cloud Map left to the sweep', { error, node: node.proxy.name }),
    );
}
