import type { Resource } from '#mesh/model/resource.ts';
import { accessLog } from './access-log.ts';
import { growingRoutes } from './growing-routes.ts';
import type { Traffic } from './ingress.ts';
import { allowAllCluster, amazonCluster, listenerName, routeConfigurationName, virtualHostName } from './names.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { AccessLogIr, FilterChainIr, ListenerIr, RouteConfigurationIr, VirtualHostIr } from './proxy-ir.ts';
import { reportUncompiledPolicy } from './uncompiled.ts';
import { type ServicePort, servicePorts } from './virtual-service.ts';

/** Port to which iptables redirects what the application sends (App Mesh's `ProxyEgressPort`), and explicit mode's HTTP proxy. */
export const EGRESS_PORT = 15001;

interface BackendService {
  readonly name: string;
  readonly ports: readonly ServicePort[];
}

/** What a virtual node's proxy sends out for its application: its declared backends and what the egress filter lets through. */
export function nodeEgress(draft: ProxyDraft, node: Resource<'virtualNode'>): Traffic {
  const services = backends(draft, node);
  return draft.interception === 'explicit' ? explicitEgress(draft, node, services) : redirected(draft, node, services);
}

/** Names of the virtual services a node declares as backends, each once, sorted. */
export function backendNames(node: Resource<'virtualNode'>): string[] {
  return [...new Set((node.spec.backends ?? []).map(({ virtualService }) => virtualService.virtualServiceName))].sort();
}

function backends(draft: ProxyDraft, node: Resource<'virtualNode'>): BackendService[] {
  const policy = { resource: node, path: 'spec.backendDefaults.clientPolicy.tls' };
  reportUncompiledPolicy(draft, node.spec.backendDefaults?.clientPolicy, policy);
  const places = new Map(
    (node.spec.backends ?? []).map(({ virtualService }, i) => {
      const place = { resource: node, path: `spec.backends[${i}].virtualService` };
      reportUncompiledPolicy(draft, virtualService.clientPolicy, { ...place, path: `${place.path}.clientPolicy.tls` });
      return [virtualService.virtualServiceName, { ...place, path: `${place.path}.virtualServiceName` }];
    }),
  );
  return backendNames(node).flatMap((name) => {
    const place = places.get(name);
    return place === undefined ? [] : [{ name, ports: servicePorts(draft, name, place) }];
  });
}

/** One listener for all services: the application names the service in the request, as to any HTTP proxy. */
function explicitEgress(
  draft: ProxyDraft,
  node: Resource<'virtualNode'>,
  services: readonly BackendService[],
): Traffic {
  if (draft.index.mesh?.spec.egressFilter?.type === 'ALLOW_ALL') {
    const reason = 'explicit interception has no way out of the mesh yet: only declared backends are reached';
    report(draft, 'unsupported', { resource: draft.index.mesh, path: 'spec.egressFilter.type' }, reason);
  }
  const name = routeConfigurationName('egress', EGRESS_PORT);
  const virtualHosts = services.flatMap((service) => proxiedHosts(name, service));
  const chain = httpChain(name, {}, accessLog(node.spec.logging?.accessLog));
  return {
    listeners: [egressListener(false, [chain])],
    routeConfigurations: [growingRoutes(name, virtualHosts)],
  };
}

/** The first port answers for the bare name and any port nobody else has; a further port for its own. */
function proxiedHosts(configuration: string, { name, ports }: BackendService): VirtualHostIr[] {
  const [first, ...others] = ports;
  return [
    { name: virtualHostName(configuration, name), domains: [name, `${name}:*`], routes: first?.routes ?? [] },
    ...others.map(({ port, routes }) => ({
      name: virtualHostName(configuration, `${name}:${port}`),
      domains: [`${name}:${port}`],
      routes,
    })),
  ];
}

/** One chain for each port that a backend listens on, and what the egress filter lets through. */
function redirected(draft: ProxyDraft, node: Resource<'virtualNode'>, services: readonly BackendService[]): Traffic {
  const log = accessLog(node.spec.logging?.accessLog);
  const onPorts = byPort(services);
  const routeConfigurations = onPorts.map(({ configuration }) => configuration);
  const http = onPorts.map(({ port, configuration }) => httpChain(configuration.name, { destinationPort: port }, log));
  const taken = onPorts.map(({ port }) => port);
  return { listeners: [egressListener(true, [...http, ...passthrough(draft, log, taken)])], routeConfigurations };
}

function byPort(services: readonly BackendService[]): { port: number; configuration: RouteConfigurationIr }[] {
  const ports = new Set(services.flatMap((service) => service.ports.map(({ port }) => port)));
  return [...ports]
    .sort((a, b) => a - b)
    .map((port) => {
      const name = routeConfigurationName('egress', port);
      const virtualHosts = services.flatMap((service) => hostOnPort(name, port, service));
      return { port, configuration: growingRoutes(name, virtualHosts) };
    });
}

function hostOnPort(configuration: string, port: number, { name, ports }: BackendService): VirtualHostIr[] {
  const found = ports.find((item) => item.port === port);
  if (found === undefined) return [];
  const domains = [name, `${name}:${port}`];
  return [{ name: virtualHostName(configuration, name), domains, routes: found.routes }];
}

/** What leaves the mesh: AWS's own endpoints always, everything with the mesh's filter at ALLOW_ALL. */
function passthrough(draft: ProxyDraft, log: AccessLogIr | undefined, taken: readonly number[]): FilterChainIr[] {
  const { mesh } = draft.index.view;
  const amazon = { destinationPort: 443, serverNames: ['*.amazonaws.com'] };
  const chains = [tcpChain(draft, 'amazonaws', amazon, amazonCluster(mesh), log)];
  if (draft.index.mesh?.spec.egressFilter?.type !== 'ALLOW_ALL') return chains;
  const everything = tcpChain(draft, 'allow-all', {}, allowAllCluster(mesh), log);
  // Once a port has a chain (443 has Amazon's), Envoy never falls back to the default one, so 443 gets its own.
  const secure = { ...everything, name: 'allow-all-443', match: { destinationPort: 443 } };
  return taken.includes(443) ? [...chains, everything] : [...chains, secure, everything];
}

function tcpChain(
  draft: ProxyDraft,
  name: string,
  match: FilterChainIr['match'],
  cluster: string,
  log: AccessLogIr | undefined,
): FilterChainIr {
  draft.clusters.set(cluster, { kind: 'original-destination', name: cluster });
  return {
    name,
    match,
    filter: { kind: 'tcp', statPrefix: 'egress', targets: [{ cluster, weight: 1 }] },
    ...(log && { accessLog: log }),
  };
}

function httpChain(name: string, match: FilterChainIr['match'], log: AccessLogIr | undefined): FilterChainIr {
  const filter = { kind: 'http', protocol: 'http', statPrefix: 'egress', routeConfiguration: name } as const;
  return { name, match, filter, ...(log && { accessLog: log }) };
}

function egressListener(isRedirected: boolean, chains: readonly FilterChainIr[]): ListenerIr {
  const name = listenerName('egress', EGRESS_PORT);
  return { name, port: EGRESS_PORT, direction: 'egress', redirected: isRedirected, chains };
}
