import { fromBinary } from '@bufbuild/protobuf';
import { type RouteAction, VirtualHostSchema } from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';

/** What must be known of an encoded virtual host to send it beside others. */
export interface VirtualHostTerms {
  readonly domains: readonly string[];
  /** Every cluster that it names. */
  readonly clusters: ReadonlySet<string>;
}

/** Reads the base64 of an encoded virtual host. */
export function readVirtualHost(body: string): VirtualHostTerms {
  const { domains, routes } = fromBinary(VirtualHostSchema, Buffer.from(body, 'base64'));
  const clusters = routes.flatMap(({ action }) => (action.case === 'route' ? clustersOf(action.value) : []));
  return { domains, clusters: new Set(clusters) };
}

function clustersOf({ clusterSpecifier: { case: kind, value }, requestMirrorPolicies }: RouteAction): string[] {
  const copies = requestMirrorPolicies.map(({ cluster }) => cluster);
  if (kind === 'weightedClusters') return [...value.clusters.map(({ name }) => name), ...copies];
  return kind === 'cluster' ? [value, ...copies] : copies;
}
