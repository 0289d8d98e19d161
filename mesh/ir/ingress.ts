import { EXPLICIT_INGRESS_PORT } from '#mesh/model/endpoint.ts';
import type { Resource } from '#mesh/model/resource.ts';
import type { Listener } from '#mesh/model/spec.gen.ts';
import { accessLog } from './access-log.ts';
import { connectionPool } from './connection-pool.ts';
import { distinctListeners, type Placed } from './distinct-listeners.ts';
import { ipPreference, loopback } from './ip-preference.ts';
import { ingressCluster, listenerName, routeConfigurationName, virtualHostName } from './names.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import type { FilterChainIr, ListenerIr, LocalClusterIr, RouteConfigurationIr, TcpFilterIr } from './proxy-ir.ts';
import { EVERYTHING } from './route-match.ts';
import { securedChains } from './secured-chains.ts';
import { idleTimeout, listenerTimeouts } from './timeout.ts';

/** Port to which iptables redirects what comes in (App Mesh's `ProxyIngressPort`). */
const TRANSPARENT_INGRESS_PORT = 15000;

/** Listeners of a proxy with the route configurations they name. */
export interface Traffic {
  readonly listeners: readonly ListenerIr[];
  readonly routeConfigurations: readonly RouteConfigurationIr[];
}

type Inbound = Placed<Listener>;

/** What a virtual node's proxy takes in for its application: one listener behind the redirect, or one for each app port. */
export function nodeIngress(draft: ProxyDraft, node: Resource<'virtualNode'>): Traffic {
  const inbound = distinctListeners(draft, node, node.spec.listeners);
  for (const item of inbound) addLocalCluster(draft, node, item);
  const chains = inbound.map((item) => {
    const place = { resource: node, path: `spec.listeners[${item.position}].tls` };
    return { ...item, chains: securedChains(draft, item.listener, chain(draft, node, item), place) };
  });
  const http = inbound.filter(({ listener }) => listener.portMapping.protocol !== 'tcp');
  return {
    listeners: draft.interception === 'explicit' ? chains.map(ownListener) : redirectedListener(chains),
    routeConfigurations: http.map((item) => routeConfiguration(draft, node, item)),
  };
}

/** Ports on which the local application is expected to accept, sorted. */
export function appPorts(node: Resource<'virtualNode'>): number[] {
  const ports = (node.spec.listeners ?? []).map(({ portMapping }) => portMapping.port);
  return [...new Set(ports)].sort((a, b) => a - b);
}

function addLocalCluster(draft: ProxyDraft, node: Resource<'virtualNode'>, { listener }: Inbound): void {
  const cluster: LocalClusterIr = {
    kind: 'local',
    protocol: listener.portMapping.protocol,
    name: localCluster(draft.index.view.mesh, node, listener),
    port: listener.portMapping.port,
    loopback: loopback(ipPreference(draft.index, node)),
    pool: connectionPool(listener.connectionPool),
  };
  draft.clusters.set(cluster.name, cluster);
}

const localCluster = (mesh: string, node: Resource<'virtualNode'>, { portMapping }: Listener) =>
  ingressCluster(mesh, node.name, portMapping.protocol, portMapping.port);

function chain(draft: ProxyDraft, node: Resource<'virtualNode'>, inbound: Inbound): FilterChainIr {
  const { port, protocol } = inbound.listener.portMapping;
  const several = (node.spec.listeners?.length ?? 0) > 1;
  const statPrefix = several ? `ingress.${protocol}.${port}` : 'ingress';
  const log = accessLog(node.spec.logging?.accessLog);
  const name = routeConfigurationName('ingress', port);
  const filter =
    protocol === 'tcp'
      ? tcpFilter(draft, node, inbound, statPrefix)
      : ({ kind: 'http', protocol, statPrefix, routeConfiguration: name } as const);
  return { name, match: { destinationPort: port }, filter, ...(log && { accessLog: log }) };
}

function tcpFilter(
  draft: ProxyDraft,
  node: Resource<'virtualNode'>,
  { listener }: Inbound,
  statPrefix: string,
): TcpFilterIr {
  const targets = [{ cluster: localCluster(draft.index.view.mesh, node, listener), weight: 1 }];
  return { kind: 'tcp', statPrefix, targets, ...idleTimeout(listener.timeout?.tcp) };
}

const listenerTimeout = ({ timeout }: Listener) => timeout?.http ?? timeout?.http2 ?? timeout?.grpc;

/** The port tells the listener, so that no chain has to. */
function ownListener({ position, chains: inner }: Inbound & { readonly chains: readonly FilterChainIr[] }): ListenerIr {
  const port = EXPLICIT_INGRESS_PORT + position;
  const chains = inner.map((item) => {
    const { destinationPort: _, ...match } = item.match;
    return { ...item, match };
  });
  return { name: listenerName('ingress', port), port, direction: 'ingress', redirected: false, chains };
}

function redirectedListener(inbound: readonly { readonly chains: readonly FilterChainIr[] }[]): ListenerIr[] {
  if (inbound.length === 0) return [];
  const port = TRANSPARENT_INGRESS_PORT;
  const chains = inbound.flatMap((item) => item.chains);
  return [{ name: listenerName('ingress', port), port, direction: 'ingress', redirected: true, chains }];
}

function routeConfiguration(
  draft: ProxyDraft,
  node: Resource<'virtualNode'>,
  { listener }: Inbound,
): RouteConfigurationIr {
  const name = routeConfigurationName('ingress', listener.portMapping.port);
  const targets = [{ cluster: localCluster(draft.index.view.mesh, node, listener), weight: 1 }];
  const action = { kind: 'forward', targets, ...listenerTimeouts(listenerTimeout(listener)) } as const;
  const virtualHost = {
    name: virtualHostName(name, node.name),
    domains: ['*'],
    routes: [{ name: node.name, match: EVERYTHING, action }],
  };
  return { name, delivery: 'inline', ignoresPort: false, virtualHosts: [virtualHost] };
}
