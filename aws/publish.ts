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
