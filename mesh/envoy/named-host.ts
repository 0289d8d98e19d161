import type { ClusterJson } from '#envoy-protos/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterConfigSchema } from '#envoy-protos/envoy/extensions/clusters/dynamic_forward_proxy/v3/cluster_pb.js';
import type { DnsCacheConfigJson } from '#envoy-protos/envoy/extensions/common/dynamic_forward_proxy/v3/dns_cache_pb.js';
import { FilterConfigSchema } from '#envoy-protos/envoy/extensions/filters/http/dynamic_forward_proxy/v3/dynamic_forward_proxy_pb.js';
import type { HttpFilterJson } from '#envoy-protos/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { NamedHostClusterIr } from '#mesh/ir/proxy-ir.ts';
import { circuitBreakers } from './circuit-breakers.ts';
import { pack } from './extension.ts';

/** App Mesh's connect timeout towards whatever is outside of the task. */
const CONNECT_TIMEOUT = '1s';

/** One cache of resolved names for every way out of the mesh: Envoy wants the same settings wherever its name stands. */
const dnsCacheConfig: DnsCacheConfigJson = { name: 'egress', dnsLookupFamily: 'V4_PREFERRED' };

/** The cluster behind requests that leave for the host they name (Envoy's dynamic forward proxy). */
export function namedHostCluster({ name }: NamedHostClusterIr): ClusterJson {
  const typedConfig = pack(ClusterConfigSchema, { dnsCacheConfig });
  return {
    name,
    clusterType: { name: 'envoy.clusters.dynamic_forward_proxy', typedConfig },
    lbPolicy: 'CLUSTER_PROVIDED',
    connectTimeout: CONNECT_TIMEOUT,
    circuitBreakers: circuitBreakers(),
  };
}

/** Resolves the host of such requests before they are sent; requests on routes to other clusters pass untouched. */
export const namedHostFilter: HttpFilterJson = {
  name: 'envoy.filters.http.dynamic_forward_proxy',
  typedConfig: pack(FilterConfigSchema, { dnsCacheConfig }),
};
