import type { DeclaredMesh } from '#aws/mesh-view.ts';
import { endpointsOf, type ProxyItems } from '#aws/proxy-items.ts';
import type { MeshPublisher } from '#aws/push-mesh.ts';
import { cloudMapNodes, type RefreshPorts, refreshCloudMap } from '#aws/refresh-cloud-map.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Attempt } from './sweep-rollouts.ts';

/** What the sweep of Cloud Map looks at. */
export interface SweepCloudMapPorts extends RefreshPorts {
  readonly items: (proxy: ProxyId) => Promise<ProxyItems>;
  readonly publisher: Pick<MeshPublisher, 'clientsOf' | 'push'>;
}

/**
 * Looks up every node that is declared in Cloud Map and has no task of ours that can be reached, and tells its clients when its
 * instances changed. Cloud Map sends no events: App Mesh polled it too.
 */
export async function sweepCloudMap(
  ports: SweepCloudMapPorts,
  { mesh, resources }: DeclaredMesh,
  attempt: Attempt,
): Promise<void> {
  for (const node of cloudMapNodes(resources))
    await attempt(`Cloud Map instances of ${node.proxy.name} of ${mesh}`, async () => {
      if (endpointsOf(await ports.items(node.proxy)).length > 0) return;
      if (await refreshCloudMap(ports, node)) await ports.publisher.push(await ports.publisher.clientsOf(node.proxy));
    });
}
