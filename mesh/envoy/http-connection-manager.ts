import type { FilterJson } from '#envoy-protos/envoy/config/listener/v3/listener_components_pb.js';
import { RouterSchema } from '#envoy-protos/envoy/extensions/filters/http/router/v3/router_pb.js';
import { HttpConnectionManagerSchema } from '#envoy-protos/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { AccessLogIr, HttpFilterIr } from '#mesh/ir/proxy-ir.ts';
import { accessLogs } from './access-log.ts';
import { ads } from './config-source.ts';
import { pack } from './extension.ts';
import { namedHostFilter } from './named-host.ts';

/**
 * The HTTP connection manager as App Mesh configured it (its `config_dump`): paths are normalized before they are matched,
 * and WebSocket upgrades pass on HTTP/1.1 ports. Either version of HTTP is taken on any port. Without the `on_demand` filter an unknown host is answered 404 at once, from what VHDS has
 * delivered.
 */
export function httpConnectionManager(filter: HttpFilterIr, log: AccessLogIr | undefined): FilterJson {
  const typedConfig = pack(HttpConnectionManagerSchema, {
    statPrefix: filter.statPrefix,
    rds: { configSource: ads, routeConfigName: filter.routeConfiguration },
    httpFilters: [
      ...(filter.forwardsTo === 'named-host' ? [namedHostFilter] : []),
      { name: 'envoy.filters.http.router', typedConfig: pack(RouterSchema, {}) },
    ],
    accessLog: accessLogs(log),
    ...(filter.protocol === 'http' && { upgradeConfigs: [{ upgradeType: 'websocket' }] }),
    normalizePath: true,
    mergeSlashes: true,
    pathWithEscapedSlashesAction: 'KEEP_UNCHANGED',
  });
  return { name: 'envoy.filters.network.http_connection_manager', typedConfig };
}
