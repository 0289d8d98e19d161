import { listenerName } from './names.ts';
import type { AccessLogIr, FilterChainIr, HttpFilterIr, ListenerIr, TcpFilterIr } from './proxy-ir.ts';

/** Port to which iptables redirects what the application sends (App Mesh's `ProxyEgressPort`), and explicit mode's HTTP proxy. */
export const EGRESS_PORT = 15001;

type Match = FilterChainIr['match'];
type Log = AccessLogIr | undefined;

/** A chain that answers requests by a route configuration, whose name it bears. */
export function requestChain(
  name: string,
  match: Match,
  log: Log,
  options: Pick<HttpFilterIr, 'forwardsTo'> = {},
): FilterChainIr {
  const filter = {
    kind: 'http',
    protocol: 'http',
    statPrefix: 'egress',
    routeConfiguration: name,
    ...options,
  } as const;
  return { name, match, filter, ...(log && { accessLog: log }) };
}

/** A chain that passes connections on. */
export function connectionChain(
  name: string,
  match: Match,
  log: Log,
  { targets, idleTimeoutMs }: Pick<TcpFilterIr, 'targets' | 'idleTimeoutMs'>,
): FilterChainIr {
  const idle = idleTimeoutMs === undefined ? {} : { idleTimeoutMs };
  return {
    name,
    match,
    filter: { kind: 'tcp', statPrefix: 'egress', targets, ...idle },
    ...(log && { accessLog: log }),
  };
}

/** A listener for what the application sends. */
export function egressListener(port: number, redirected: boolean, chains: readonly FilterChainIr[]): ListenerIr {
  return { name: listenerName('egress', port), port, direction: 'egress', redirected, chains };
}
