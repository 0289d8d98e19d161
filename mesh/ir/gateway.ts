import type { Resource } from '#mesh/model/resource.ts';
import type { VirtualGatewayListener } from '#mesh/model/spec.gen.ts';
import { accessLog } from './access-log.ts';
import { type GatewayRoutePlan, planGatewayRoutes, routesForHost } from './gateway-route.ts';
import { growingRoutes } from './growing-routes.ts';
import type { Traffic } from './ingress.ts';
import { listenerName, routeConfigurationName, virtualHostName } from './names.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import type { FilterChainIr, ListenerIr, RouteConfigurationIr, VirtualHostIr } from './proxy-ir.ts';
import { reportUncompiledGatewayListener, reportUncompiledPolicy } from './uncompiled.ts';

/**
 * What a virtual gateway's proxy takes in and where it sends it. App Mesh sent each request through Envoy twice (a
 * `self_redirect` hop); here a gateway route leads straight to its service's targets, with the same outcome.
 */
export function gatewayTraffic(draft: ProxyDraft, gateway: Resource<'virtualGateway'>): Traffic {
  const policy = { resource: gateway, path: 'spec.backendDefaults.clientPolicy.tls' };
  reportUncompiledPolicy(draft, gateway.spec.backendDefaults?.clientPolicy, policy);
  const { listeners } = gateway.spec;
  for (const i of listeners.keys()) reportUncompiledGatewayListener(draft, gateway, i);
  return {
    listeners: listeners.map((listener) => gatewayListener(gateway, listener)),
    routeConfigurations: listeners.map(({ portMapping }) => routeConfiguration(draft, gateway, portMapping.port)),
  };
}

function gatewayListener(gateway: Resource<'virtualGateway'>, { portMapping }: VirtualGatewayListener): ListenerIr {
  const { port, protocol } = portMapping;
  const name = routeConfigurationName('ingress', port);
  const statPrefix = gateway.spec.listeners.length > 1 ? `ingress.${protocol}.${port}` : 'ingress';
  const log = accessLog(gateway.spec.logging?.accessLog);
  const chain: FilterChainIr = {
    name,
    match: {},
    filter: { kind: 'http', protocol, statPrefix, routeConfiguration: name },
    ...(log && { accessLog: log }),
  };
  return { name: listenerName('ingress', port), port, direction: 'ingress', redirected: false, chains: [chain] };
}

function routeConfiguration(
  draft: ProxyDraft,
  gateway: Resource<'virtualGateway'>,
  port: number,
): RouteConfigurationIr {
  const name = routeConfigurationName('ingress', port);
  const plans = planGatewayRoutes(draft, gateway, port);
  const virtualHosts = hosts(plans).map((host) => virtualHost(name, host, plans));
  return growingRoutes(name, virtualHosts, { ignoresPort: true });
}

/** Every domain that a gateway route names, plus `*` for routes that name none; sorted. */
function hosts(plans: readonly GatewayRoutePlan[]): string[] {
  return [...new Set(plans.map(({ host }) => host.exact ?? `*${host.suffix ?? ''}`))].sort();
}

function virtualHost(configuration: string, domain: string, plans: readonly GatewayRoutePlan[]): VirtualHostIr {
  return { name: virtualHostName(configuration, domain), domains: [domain], routes: routesForHost(plans, domain) };
}
