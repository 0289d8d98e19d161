import type {
  LbEndpointJson,
  LocalityLbEndpointsJson,
} from '#envoy-protos/envoy/config/endpoint/v3/endpoint_components_pb.js';
import type { ClusterLoadAssignmentJson } from '#envoy-protos/envoy/config/endpoint/v3/endpoint_pb.js';
import type { EdsClusterIr, EndpointIr } from '#mesh/ir/proxy-ir.ts';
import { socketAddress } from './address.ts';

/** The members of an EDS cluster, grouped by availability zone; an empty list is a statement too: the cluster has nobody. */
export function clusterLoadAssignment({ name, endpoints }: EdsClusterIr): ClusterLoadAssignmentJson {
  const zones = Map.groupBy(endpoints, ({ zone }) => zone ?? '');
  const byZone = [...zones].sort(([a], [b]) => (a < b ? -1 : 1));
  return { clusterName: name, endpoints: byZone.map(([zone, members]) => locality(zone, members)) };
}

/** One endpoint. */
export function lbEndpoint({ address, port }: { readonly address: string; readonly port: number }): LbEndpointJson {
  return { endpoint: { address: socketAddress(address, port) } };
}

function locality(zone: string, members: readonly EndpointIr[]): LocalityLbEndpointsJson {
  return { ...(zone !== '' && { locality: { zone } }), lbEndpoints: members.map(lbEndpoint) };
}
