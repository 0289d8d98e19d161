import type {
  FilterChainJson,
  FilterChainMatchJson,
  FilterJson,
} from '#envoy-protos/envoy/config/listener/v3/listener_components_pb.js';
import type { ListenerJson } from '#envoy-protos/envoy/config/listener/v3/listener_pb.js';
import type { FilterChainIr, ListenerIr } from '#mesh/ir/proxy-ir.ts';
import { bindAddress } from './address.ts';
import { httpConnectionManager } from './http-connection-manager.ts';
import { listenerFilters } from './listener-filters.ts';
import { tcpProxy } from './tcp-proxy.ts';
import { downstreamTls } from './tls.ts';

/** One Envoy listener. */
export function listener({ name, port, direction, redirected, chains, takesIpv6 }: ListenerIr): ListenerJson {
  const fallback = chains.find(({ match }) => redirected && Object.keys(match).length === 0);
  return {
    name,
    address: bindAddress(port, takesIpv6 === true),
    trafficDirection: direction === 'ingress' ? 'INBOUND' : 'OUTBOUND',
    ...listenerFilters({ redirected, direction, chains }),
    filterChains: chains.filter((chain) => chain !== fallback).map(filterChain),
    ...(fallback && { defaultFilterChain: filterChain(fallback) }),
  };
}

function filterChain({ name, match, filter, accessLog, tls }: FilterChainIr): FilterChainJson {
  return {
    name,
    filterChainMatch: filterChainMatch(match),
    filters: networkFilters(filter, accessLog),
    ...(tls && { transportSocket: downstreamTls(tls) }),
  };
}

function filterChainMatch(match: FilterChainIr['match']): FilterChainMatchJson {
  const { destinationPort, addresses, serverNames, transportProtocol, applicationProtocols, fromSameHost } = match;
  return {
    ...(destinationPort !== undefined && { destinationPort }),
    ...(addresses !== undefined && { prefixRanges: addresses.map(host) }),
    ...(serverNames !== undefined && { serverNames: [...serverNames] }),
    ...(transportProtocol !== undefined && { transportProtocol }),
    ...(applicationProtocols !== undefined && { applicationProtocols: [...applicationProtocols] }),
    ...(fromSameHost && { sourceType: 'SAME_IP_OR_LOOPBACK' }),
  };
}

const host = (address: string) => ({ addressPrefix: address, prefixLen: address.includes(':') ? 128 : 32 });

/** A chain without filters closes its connections at once: what else would become of those that no target may take. */
function networkFilters(filter: FilterChainIr['filter'], log: FilterChainIr['accessLog']): FilterJson[] {
  if (filter.kind === 'http') return [httpConnectionManager(filter, log)];
  return filter.targets.some(({ weight }) => weight > 0) ? [tcpProxy(filter, log)] : [];
}
