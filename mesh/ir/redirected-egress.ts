import type { Resource } from '#mesh/model/resource.ts';
import { accessLog } from './access-log.ts';
import type { BackendService } from './egress.ts';
import { connectionChain, EGRESS_PORT, egressListener, requestChain } from './egress-chain.ts';
import { growingRoutes } from './growing-routes.ts';
import type { Traffic } from './ingress.ts';
import { allowAllCluster, amazonCluster, routeConfigurationName, virtualHostName } from './names.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import type { AccessLogIr, FilterChainIr, RouteConfigurationIr, VirtualHostIr } from './proxy-ir.ts';
import { isHttpPort, isTcpPort } from './service-port.ts';
import { tcpChains } from './tcp-egress.ts';

/** What HTTP looks like from its first bytes, as Envoy's `http_inspector` names it. */
const HTTP = ['http/1.0', 'http/1.1', 'h2c'] as const;

/**
 * Redirected connections are told apart by the port they were meant for: one chain for the requests to each port, chosen by
 * host, chains for the connections to it, and what the egress filter lets through.
 */
export function redirectedEgress(
  draft: ProxyDraft,
  node: Resource<'virtualNode'>,
  services: readonly BackendService[],
): Traffic {
  const log = accessLog(node.spec.logging?.accessLog);
  const ports = [...new Set(services.flatMap((service) => service.ports.map(({ port }) => port)))];
  const onPorts = ports.sort((a, b) => a - b).map((port) => onPort(draft, node, services, port, log));
  const chains = onPorts.flatMap((item) => item.chains);
  return {
    listeners: [egressListener(EGRESS_PORT, true, [...chains, ...passthrough(draft, log, ports)])],
    routeConfigurations: onPorts.flatMap((item) => item.configurations),
  };
}

interface OnPort {
  readonly chains: readonly FilterChainIr[];
  readonly configurations: readonly RouteConfigurationIr[];
}

/** A port that takes both requests and connections looks at the first bytes; App Mesh wrote two chains that Envoy refused. */
function onPort(
  draft: ProxyDraft,
  node: Resource<'virtualNode'>,
  services: readonly BackendService[],
  port: number,
  log: AccessLogIr | undefined,
): OnPort {
  const name = routeConfigurationName('egress', port);
  const hosts = services.flatMap((service) => hostOnPort(name, port, service));
  const tcp = tcpChains(
    draft,
    node,
    services.flatMap((service) => connectionsOn(port, service)),
    log,
  );
  if (hosts.length === 0) return { chains: tcp, configurations: [] };
  const sniffed = tcp.length > 0 ? { applicationProtocols: HTTP } : {};
  const http = requestChain(name, { destinationPort: port, ...sniffed }, log);
  return { chains: [http, ...tcp], configurations: [growingRoutes(name, hosts)] };
}

function hostOnPort(configuration: string, port: number, { name, ports, origin }: BackendService): VirtualHostIr[] {
  const found = ports.filter(isHttpPort).find((item) => item.port === port);
  if (found === undefined) return [];
  const domains = [name, `${name}:${port}`];
  return [{ name: virtualHostName(configuration, name), domains, routes: found.routes, origin }];
}

const connectionsOn = (port: number, { name, position, ports }: BackendService) =>
  ports.filter(isTcpPort).flatMap((item) => (item.port === port ? [{ name, position, port: item }] : []));

/** What leaves the mesh: AWS's own endpoints always, everything with the mesh's filter at ALLOW_ALL. */
function passthrough(draft: ProxyDraft, log: AccessLogIr | undefined, taken: readonly number[]): FilterChainIr[] {
  const { mesh } = draft.index.view;
  const amazon = { destinationPort: 443, serverNames: ['*.amazonaws.com'] };
  const chains = [wayOut(draft, 'amazonaws', amazon, amazonCluster(mesh), log)];
  if (draft.index.mesh?.spec.egressFilter?.type !== 'ALLOW_ALL') return chains;
  const everything = wayOut(draft, 'allow-all', {}, allowAllCluster(mesh), log);
  // Once a port has a chain (443 has Amazon's), Envoy never falls back to the default one, so 443 gets its own.
  const secure = { ...everything, name: 'allow-all-443', match: { destinationPort: 443 } };
  return taken.includes(443) ? [...chains, everything] : [...chains, secure, everything];
}

function wayOut(
  draft: ProxyDraft,
  name: string,
  match: FilterChainIr['match'],
  cluster: string,
  log: AccessLogIr | undefined,
): FilterChainIr {
  draft.clusters.set(cluster, { kind: 'original-destination', name: cluster });
  return connectionChain(name, match, log, { targets: [{ cluster, weight: 1 }] });
}
