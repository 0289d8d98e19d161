import type { ClusterJson } from '#envoy-protos/envoy/config/cluster/v3/cluster_pb.js';
import type { ClusterLoadAssignmentJson } from '#envoy-protos/envoy/config/endpoint/v3/endpoint_pb.js';
import type { ListenerJson } from '#envoy-protos/envoy/config/listener/v3/listener_pb.js';
import type { VirtualHostJson } from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import type { RouteConfigurationJson } from '#envoy-protos/envoy/config/route/v3/route_pb.js';
import { onceEach } from '#mesh/ir/once-each.ts';
import type { ProxyIr } from '#mesh/ir/proxy-ir.ts';
import { cluster } from './cluster.ts';
import { clusterLoadAssignment } from './endpoint.ts';
import { listener } from './listener.ts';
import { routeConfiguration } from './route-configuration.ts';
import { virtualHost } from './virtual-host.ts';

/** Everything one Envoy gets, in protobuf's JSON, by kind; `virtualHosts` are the ones delivered by VHDS. */
export interface EnvoyResources {
  readonly listeners: readonly ListenerJson[];
  readonly routeConfigurations: readonly RouteConfigurationJson[];
  readonly virtualHosts: readonly VirtualHostJson[];
  readonly clusters: readonly ClusterJson[];
  readonly endpoints: readonly ClusterLoadAssignmentJson[];
}

/** Proxies of one view share what they send to (`sharedPart`), and so its translation. */
const sharedCluster = onceEach(cluster);
const sharedEndpoints = onceEach(clusterLoadAssignment);

/** A proxy's IR in Envoy's words: nothing is decided here, so the same IR always gives the same resources in the same order. */
export function translate(ir: ProxyIr): EnvoyResources {
  const separate = ir.routeConfigurations.filter(({ delivery }) => delivery === 'vhds');
  return {
    listeners: ir.listeners.map(listener),
    routeConfigurations: ir.routeConfigurations.map(routeConfiguration),
    virtualHosts: separate.flatMap(({ virtualHosts }) => virtualHosts.map(virtualHost)),
    clusters: ir.clusters.map(sharedCluster),
    endpoints: ir.clusters.filter((item) => item.kind === 'eds').map(sharedEndpoints),
  };
}
