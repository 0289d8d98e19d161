import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Resource } from '#mesh/model/resource.ts';
import type { AwsCloudMapServiceDiscovery } from '#mesh/model/spec.gen.ts';
import type { CloudMap } from './cloud-map.ts';
import type { CloudMapStore } from './cloud-map-store.ts';

/** What a look at Cloud Map needs. */
export interface RefreshPorts {
  readonly cloudMap: CloudMap;
  readonly store: CloudMapStore;
}

/** A virtual node that is found in Cloud Map. */
export interface CloudMapNode {
  readonly proxy: ProxyId;
  readonly place: AwsCloudMapServiceDiscovery;
}

/** The virtual nodes among resources that declare Cloud Map. */
export function cloudMapNodes(resources: readonly Resource[]): CloudMapNode[] {
  return resources.flatMap((resource) => {
    if (resource.kind !== 'virtualNode') return [];
    const { owner, mesh, name, spec } = resource as Resource<'virtualNode'>;
    const place = spec.serviceDiscovery?.awsCloudMap;
    return place === undefined ? [] : [{ proxy: { owner, mesh, kind: 'vn', name }, place }];
  });
}

/** Looks a node up and keeps what is found; tells whether that is news. A look that fails keeps what was known. */
export async function refreshCloudMap(
  { cloudMap, store }: RefreshPorts,
  { proxy, place }: CloudMapNode,
): Promise<boolean> {
  return store.keep(proxy, await cloudMap.discover(place));
}
