import type { ClusterJson } from '#envoy-protos/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterConfigSchema } from '#envoy-protos/envoy/extensions/clusters/aggregate/v3/cluster_pb.js';
import type {
  ClusterIr,
  DnsClusterIr,
  EdsClusterIr,
  LocalClusterIr,
  OriginalDestinationClusterIr,
  ShieldClusterIr,
} from '#mesh/ir/proxy-ir.ts';
import { appAddress } from './address.ts';
import { circuitBreakers } from './circuit-breakers.ts';
import { ads } from './config-source.ts';
import { lbEndpoint } from './endpoint.ts';
import { pack } from './extension.ts';
import { httpProtocolOptions } from './http-protocol-options.ts';
import { namedHostCluster } from './named-host.ts';
import { upstreamSettings } from './upstream.ts';

/** App Mesh's connect timeouts: towards other tasks, and towards the local application. */
const CONNECT_TIMEOUT = '1s';
const LOCAL_CONNECT_TIMEOUT = '0.250s';

/**
 * How long an unused connection to the local application is kept. Shorter than what common servers keep theirs (Node 5 s),
 * so that a request never meets a connection the application is just closing: on loopback a new one costs nothing.
 */
const LOCAL_IDLE_TIMEOUT = '4s';

/** One Envoy cluster. */
export function cluster(ir: ClusterIr): ClusterJson {
  switch (ir.kind) {
    case 'eds':
      return edsCluster(ir);
    case 'dns':
      return dnsCluster(ir);
    case 'local':
      return localCluster(ir);
    case 'original-destination':
      return originalDestinationCluster(ir);
    case 'named-host':
      return namedHostCluster(ir);
    case 'shield':
      return shieldCluster(ir);
  }
}

/** An endpoint that leaves is gone at once, whatever health says: App Mesh kept sending to it (roadmap issue 213). */
function edsCluster(ir: EdsClusterIr): ClusterJson {
  return {
    name: ir.name,
    type: 'EDS',
    edsClusterConfig: { edsConfig: ads },
    connectTimeout: CONNECT_TIMEOUT,
    ...upstreamSettings(ir),
    ignoreHealthOnHostRemoval: true,
  };
}

function dnsCluster(ir: DnsClusterIr): ClusterJson {
  const { name, hostname, port, addresses, family } = ir;
  return {
    name,
    type: addresses === 'all' ? 'STRICT_DNS' : 'LOGICAL_DNS',
    dnsLookupFamily: family,
    connectTimeout: CONNECT_TIMEOUT,
    ...upstreamSettings(ir),
    ...(addresses === 'all' && { ignoreHealthOnHostRemoval: true }),
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [lbEndpoint({ address: hostname, port })] }] },
  };
}

function localCluster({ name, protocol, port, loopback, pool }: LocalClusterIr): ClusterJson {
  const address = appAddress(loopback);
  return {
    name,
    type: 'STATIC',
    connectTimeout: LOCAL_CONNECT_TIMEOUT,
    circuitBreakers: circuitBreakers(pool),
    ...httpProtocolOptions(protocol, { idleTimeout: LOCAL_IDLE_TIMEOUT }),
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [lbEndpoint({ address, port })] }] },
  };
}

function originalDestinationCluster({ name }: OriginalDestinationClusterIr): ClusterJson {
  return {
    name,
    type: 'ORIGINAL_DST',
    lbPolicy: 'CLUSTER_PROVIDED',
    connectTimeout: CONNECT_TIMEOUT,
    circuitBreakers: circuitBreakers(),
  };
}

/** Retries are counted against the aggregate's own limits, not its members'. */
function shieldCluster({ name, canary, stable }: ShieldClusterIr): ClusterJson {
  const typedConfig = pack(ClusterConfigSchema, { clusters: [canary, stable] });
  return {
    name,
    clusterType: { name: 'envoy.clusters.aggregate', typedConfig },
    lbPolicy: 'CLUSTER_PROVIDED',
    connectTimeout: CONNECT_TIMEOUT,
    circuitBreakers: circuitBreakers(),
  };
}
