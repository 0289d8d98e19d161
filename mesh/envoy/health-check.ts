import type { ClusterJson } from '#envoy-protos/envoy/config/cluster/v3/cluster_pb.js';
import type { HealthCheckJson } from '#envoy-protos/envoy/config/core/v3/health_check_pb.js';
import type { HealthCheckIr } from '#mesh/ir/health-check.ts';
import { duration } from './duration.ts';

/** A cluster's active health check, where the target declares one; it goes the way requests go, TLS included. */
export function healthChecks(declared: HealthCheckIr | undefined): Pick<ClusterJson, 'healthChecks'> {
  if (declared === undefined) return {};
  const { healthyThreshold, unhealthyThreshold, intervalMs, timeoutMs } = declared;
  const interval = duration(intervalMs);
  // Envoy asks only once a minute before the first request; a client that starts to call should know by then whom.
  const when = { interval, noTrafficInterval: interval, timeout: duration(timeoutMs) };
  return { healthChecks: [{ ...when, healthyThreshold, unhealthyThreshold, ...request(declared) }] };
}

function request({ protocol, path, host }: HealthCheckIr): HealthCheckJson {
  if (protocol === 'tcp') return { tcpHealthCheck: {} };
  if (protocol === 'grpc') return { grpcHealthCheck: host === undefined ? {} : { authority: host } };
  const client = protocol === 'http2' ? ({ codecClientType: 'HTTP2' } as const) : {};
  return { httpHealthCheck: { path: path ?? '/', ...(host !== undefined && { host }), ...client } };
}
