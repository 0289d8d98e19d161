import type { RouteConfigurationJson } from '#envoy-protos/envoy/config/route/v3/route_pb.js';
import type { RouteConfigurationIr } from '#mesh/ir/proxy-ir.ts';
import { ads } from './config-source.ts';
import { virtualHost } from './virtual-host.ts';

/**
 * A route configuration. `validate_clusters` makes Envoy refuse a route to a cluster it does not have; without it such a
 * route is acknowledged and answers 503.
 */
export function routeConfiguration(configuration: RouteConfigurationIr): RouteConfigurationJson {
  const { name, delivery, ignoresPort, virtualHosts } = configuration;
  return {
    name,
    validateClusters: true,
    ...(ignoresPort && { ignorePortInHostMatching: true }),
    ...(delivery === 'vhds' ? { vhds: { configSource: ads } } : { virtualHosts: virtualHosts.map(virtualHost) }),
  };
}
