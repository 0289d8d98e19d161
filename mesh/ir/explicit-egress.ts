import type { Resource } from '#mesh/model/resource.ts';
import { accessLog } from './access-log.ts';
import type { BackendService } from './egress.ts';
import { connectionChain, EGRESS_PORT, egressListener, requestChain } from './egress-chain.ts';
import { growingRoutes } from './growing-routes.ts';
import type { Traffic } from './ingress.ts';
import { allowAllCluster, amazonCluster, routeConfigurationName, virtualHostName } from './names.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { AccessLogIr, ListenerIr, VirtualHostIr } from './proxy-ir.ts';
import { EVERYTHING } from './route-match.ts';
import { isHttpPort, isTcpPort } from './service-port.ts';

/**
 * First port for a TCP backend without redirection: the backend at position `i` of the spec is at this + i, further ports of
 * the same service 1,000 higher each. Positions, so that adding a backend at the end moves nobody's port.
 */
const TCP_EGRESS_PORT = 15200;
const PORTS_PER_SERVICE_STEP = 1000;
const HIGHEST_PORT = 65_535;

/** Only the task itself may use its proxy as one: a neighbour could otherwise reach what only this task may (its credentials). */
const OWN_TASK = { fromSameHost: true } as const;

/**
 * Without redirection the application names the service itself: in the request, as to any HTTP proxy, or by the port of a TCP
 * backend. What leaves the mesh is asked for the same way, by name: the connection's own address says nothing.
 */
export function explicitEgress(
  draft: ProxyDraft,
  node: Resource<'virtualNode'>,
  services: readonly BackendService[],
): Traffic {
  const log = accessLog(node.spec.logging?.accessLog);
  const name = routeConfigurationName('egress', EGRESS_PORT);
  const virtualHosts = [...services.flatMap((service) => proxiedHosts(name, service)), ...ways(draft, name)];
  const chain = requestChain(name, OWN_TASK, log, { forwardsTo: 'named-host' });
  const tcp = services.flatMap((service) => tcpListeners(draft, node, service, log));
  return {
    listeners: [egressListener(EGRESS_PORT, false, [chain]), ...tcp],
    routeConfigurations: [growingRoutes(name, virtualHosts)],
  };
}

/** The first port answers for the bare name and any port nobody else has; a further port for its own. */
function proxiedHosts(configuration: string, { name, ports, origin }: BackendService): VirtualHostIr[] {
  const [first, ...others] = ports.filter(isHttpPort);
  if (first === undefined && ports.length > 0) return [];
  return [
    { name: virtualHostName(configuration, name), domains: [name, `${name}:*`], routes: first?.routes ?? [], origin },
    ...others.map(({ port, routes }) => ({
      name: virtualHostName(configuration, `${name}:${port}`),
      domains: [`${name}:${port}`],
      routes,
      origin,
    })),
  ];
}

/** The ways out of the mesh: AWS's own endpoints always, everything with the mesh's filter at ALLOW_ALL. */
function ways(draft: ProxyDraft, configuration: string): VirtualHostIr[] {
  const { mesh } = draft.index.view;
  const amazon = wayOut(draft, configuration, '*.amazonaws.com:443', amazonCluster(mesh));
  if (draft.index.mesh?.spec.egressFilter?.type !== 'ALLOW_ALL') return [amazon];
  return [amazon, wayOut(draft, configuration, '*', allowAllCluster(mesh))];
}

function wayOut(draft: ProxyDraft, configuration: string, domain: string, cluster: string): VirtualHostIr {
  draft.clusters.set(cluster, { kind: 'named-host', name: cluster });
  const routes = [{ name: domain, match: EVERYTHING, action: { kind: 'pass', cluster } as const }];
  return { name: virtualHostName(configuration, domain), domains: [domain], routes };
}

function tcpListeners(
  draft: ProxyDraft,
  node: Resource<'virtualNode'>,
  { name, position, ports }: BackendService,
  log: AccessLogIr | undefined,
): ListenerIr[] {
  return ports.filter(isTcpPort).flatMap((service, nth) => {
    const port = TCP_EGRESS_PORT + position + nth * PORTS_PER_SERVICE_STEP;
    if (port > HIGHEST_PORT || position >= PORTS_PER_SERVICE_STEP) {
      const place = { resource: node, path: `spec.backends[${position}]` };
      report(draft, 'invalid', place, `there is no port left for connections to ${name}:${service.port}`);
      return [];
    }
    return [egressListener(port, false, [connectionChain(`${name}:${service.port}`, OWN_TASK, log, service)])];
  });
}
