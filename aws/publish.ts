import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { ResourceId } from '#mesh/model/resource.ts';
import type { PushedProxy } from '#rollouts/ports.ts';
import { iotData } from './clients-iot.ts';
import { s3 } from './clients-s3.ts';
import { readConfig } from './config.ts';
import { loadDeclaredMesh } from './mesh-view.ts';
import { newsPublisher } from './news-publisher.ts';
import { outbox } from './outbox.ts';
import { proxyStore } from './proxy-store.ts';
import { type MeshPublisher, meshPublisher } from './push-mesh.ts';
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

/** Brings proxies up to the newest state; answers once state is in S3 and news are out. */
export const push = (proxies: readonly ProxyId[]): Promise<readonly PushedProxy[]> => publisher().push(proxies);

/** Proxies whose compiled resources contain this node's split. */
export const clientsOf = (node: ProxyId): Promise<readonly ProxyId[]> => publisher().clientsOf(node);

/** Publishes the stored snapshot again to one task, asking for a fresh acknowledgement. */
export const resend = (proxy: ProxyId, task: string): Promise<void> => publisher().resend(proxy, task);

/** Brings a stored change to the proxies it reaches and removes its outbox item; see {@link MeshPublisher}. */
export const publishChanges = (
  owner: string,
  mesh: string,
  outboxId: string,
  changes: readonly ResourceId[],
): Promise<void> => publisher().publishChanges(owner, mesh, outboxId, changes);
