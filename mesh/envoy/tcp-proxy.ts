import type { FilterJson } from '#envoy-protos/envoy/config/listener/v3/listener_components_pb.js';
import { TcpProxySchema } from '#envoy-protos/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import type { AccessLogIr, TcpFilterIr } from '#mesh/ir/proxy-ir.ts';
import { accessLogs } from './access-log.ts';
import { pack } from './extension.ts';

/** Passes bytes on to one cluster. */
export function tcpProxy({ statPrefix, cluster }: TcpFilterIr, log: AccessLogIr | undefined): FilterJson {
  const typedConfig = pack(TcpProxySchema, { statPrefix, cluster, accessLog: accessLogs(log) });
  return { name: 'envoy.filters.network.tcp_proxy', typedConfig };
}
