import type { FilterJson } from '#envoy-protos/envoy/config/listener/v3/listener_components_pb.js';
import { TcpProxySchema } from '#envoy-protos/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import type { AccessLogIr, TcpFilterIr } from '#mesh/ir/proxy-ir.ts';
import { accessLogs } from './access-log.ts';
import { duration } from './duration.ts';
import { pack } from './extension.ts';

/** Passes bytes on: each connection to one of the targets. Envoy's weights start at 1, so one of 0 is left out. */
export function tcpProxy(filter: TcpFilterIr, log: AccessLogIr | undefined): FilterJson {
  const { statPrefix, idleTimeoutMs } = filter;
  const typedConfig = pack(TcpProxySchema, {
    statPrefix,
    ...destination(filter.targets.filter(({ weight }) => weight > 0)),
    ...(idleTimeoutMs !== undefined && { idleTimeout: duration(idleTimeoutMs) }),
    accessLog: accessLogs(log),
  });
  return { name: 'envoy.filters.network.tcp_proxy', typedConfig };
}

function destination(targets: TcpFilterIr['targets']) {
  const [only, ...others] = targets;
  if (only !== undefined && others.length === 0) return { cluster: only.cluster };
  return { weightedClusters: { clusters: targets.map(({ cluster, weight }) => ({ name: cluster, weight })) } };
}
