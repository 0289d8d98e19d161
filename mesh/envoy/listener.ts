import type {
  FilterChainJson,
  ListenerFilterJson,
} from '#envoy-protos/envoy/config/listener/v3/listener_components_pb.js';
import type { ListenerJson } from '#envoy-protos/envoy/config/listener/v3/listener_pb.js';
import { OriginalDstSchema } from '#envoy-protos/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js';
import { TlsInspectorSchema } from '#envoy-protos/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js';
import type { FilterChainIr, ListenerIr } from '#mesh/ir/proxy-ir.ts';
import { BIND_ADDRESS, socketAddress } from './address.ts';
import { pack } from './extension.ts';
import { httpConnectionManager } from './http-connection-manager.ts';
import { tcpProxy } from './tcp-proxy.ts';

/** One Envoy listener. */
export function listener({ name, port, direction, redirected, chains }: ListenerIr): ListenerJson {
  const fallback = chains.find(({ match }) => redirected && Object.keys(match).length === 0);
  return {
    name,
    address: socketAddress(BIND_ADDRESS, port),
    trafficDirection: direction === 'ingress' ? 'INBOUND' : 'OUTBOUND',
    listenerFilters: listenerFilters(redirected, chains),
    filterChains: chains.filter((chain) => chain !== fallback).map(filterChain),
    ...(fallback && { defaultFilterChain: filterChain(fallback) }),
  };
}

function listenerFilters(isRedirected: boolean, chains: readonly FilterChainIr[]): ListenerFilterJson[] {
  const filters: ListenerFilterJson[] = [];
  if (isRedirected)
    filters.push({ name: 'envoy.filters.listener.original_dst', typedConfig: pack(OriginalDstSchema, {}) });
  if (chains.some(({ match }) => match.serverNames !== undefined))
    filters.push({ name: 'envoy.filters.listener.tls_inspector', typedConfig: pack(TlsInspectorSchema, {}) });
  return filters;
}

function filterChain({ name, match, filter, accessLog }: FilterChainIr): FilterChainJson {
  const { destinationPort, serverNames } = match;
  return {
    name,
    filterChainMatch: {
      ...(destinationPort !== undefined && { destinationPort }),
      ...(serverNames !== undefined && { serverNames: [...serverNames] }),
    },
    filters: [filter.kind === 'http' ? httpConnectionManager(filter, accessLog) : tcpProxy(filter, accessLog)],
  };
}
