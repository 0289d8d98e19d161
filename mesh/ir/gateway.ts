import type { Resource } from '#mesh/model/resource.ts';
import type { VirtualGatewayListener } from '#mesh/model/spec.gen.ts';
import { accessLog, reportAccessLog } from './access-log.ts';
import { forBackend } from './client-policy.ts';
import { gatewayPool } from './connection-pool.ts';
import { distinctListeners, type Placed } from './distinct-listeners.ts';
import { type GatewayRoutePlan, planGatewayRoutes, plansForHost, reportIdleGatewayRoutes } from './gateway-route.ts';
import { growingRoutes } from './growing-routes.ts';
import { reportGatewayHealthChecks } from './health-check.ts';
import { originOf } from './host-origin.ts';
import type { Traffic } from './ingress.ts';
import { listenerName, routeConfigurationName, virtualHostName } from './names.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import type { FilterChainIr, ListenerIr, RouteConfigurationIr, VirtualHostIr } from './proxy-ir.ts';
import { securedChains } from './secured-chains.ts';

/**
 * What a virtual gateway's proxy takes in and where it sends it. App Mesh sent each request through Envoy twice (a
 * `self_redirect` hop); here a gateway route leads straight to its service's targets, with the same outcome.
 */
export function gatewayTraffic(draft: ProxyDraft, gateway: Resource<'virtualGateway'>): Traffic {
  reportAccessLog(draft, gateway);
  reportGatewayHealthChecks(draft, gateway);
  reportIdleGatewayRoutes(draft, gateway);
  const { backendDefaults } = gateway.spec;
  const listeners = distinctListeners(draft, gateway, gateway.spec.listeners);
  const place = { resource: gateway, path: 'spec.backendDefaults.clientPolicy.tls' };
  const pooled = { ...draft, egressPool: gatewayPool(draft, gateway) };
  const outward = forBackend(pooled, { declared: backendDefaults?.clientPolicy, place });
  return {
    listeners: listeners.map((placed) => gatewayListener(draft, gateway, placed)),
    routeConfigurations: listeners.map(({ listener }) =>
      routeConfiguration(outward, gateway, listener.portMapping.port),
    ),
  };
}

function gatewayListener(
  draft: ProxyDraft,
  gateway: Resource<'virtualGateway'>,
  { listener, position }: Placed<VirtualGatewayListener>,
): ListenerIr {
  const { port, protocol } = listener.portMapping;
  const name = routeConfigurationName('ingress', port);
  const statPrefix = gateway.spec.listeners.length > 1 ? `ingress.${protocol}.${port}` : 'ingress';
  const log = accessLog(gateway.spec.logging?.accessLog);
  const chain: FilterChainIr = {
    name,
    match: {},
    filter: { kind: 'http', protocol, statPrefix, routeConfiguration: name },
    ...(log && { accessLog: log }),
  };
  const chains = securedChains(draft, listener, chain, { resource: gateway, path: `spec.listeners[${position}].tls` });
  return { name: listenerName('ingress', port), port, direction: 'ingress', redirected: false, chains };
}

function routeConfiguration(
  draft: ProxyDraft,
  gateway: Resource<'virtualGateway'>,
  port: number,
): RouteConfigurationIr {
  const name = routeConfigurationName('ingress', port);
  const plans = planGatewayRoutes(draft, gateway, port);
  const virtualHosts = hosts(plans).map((host) => virtualHost(draft, name, host, plans));
  return growingRoutes(name, virtualHosts, { ignoresPort: true });
}

/** Every domain that a gateway route names, plus `*` for routes that name none; sorted. */
function hosts(plans: readonly GatewayRoutePlan[]): string[] {
  return [...new Set(plans.map(({ host }) => host.exact ?? `*${host.suffix ?? ''}`))].sort();
}

function virtualHost(
  draft: ProxyDraft,
  configuration: string,
  domain: string,
  plans: readonly GatewayRoutePlan[],
): VirtualHostIr {
  const covering = plansForHost(plans, domain);
  const origins = covering.map(({ origin }) => origin);
  return {
    name: virtualHostName(configuration, domain),
    domains: [domain],
    routes: covering.flatMap(({ routes }) => routes),
    origin: originOf(draft, [], draft.findings.length, origins),
  };
}
