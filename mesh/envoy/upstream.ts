import type { ClusterJson } from '#envoy-protos/envoy/config/cluster/v3/cluster_pb.js';
import type { UpstreamIr } from '#mesh/ir/upstream.ts';
import { circuitBreakers } from './circuit-breakers.ts';
import { healthChecks } from './health-check.ts';
import { httpProtocolOptions } from './http-protocol-options.ts';
import { outlierDetection } from './outlier-detection.ts';
import { upstreamTls } from './tls.ts';

/** What clusters of a virtual node have in common, however their members are found. */
export function upstreamSettings(ir: UpstreamIr): Partial<ClusterJson> {
  return {
    circuitBreakers: circuitBreakers(ir.pool),
    ...httpProtocolOptions(ir.protocol),
    ...(ir.tls && { transportSocket: upstreamTls(ir.tls) }),
    ...healthChecks(ir.healthCheck),
    ...outlierDetection(ir.outlierDetection),
  };
}
