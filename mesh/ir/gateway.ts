import type { Resource } from '#mesh/model/resource.ts';
import { accessLog } from './access-log.ts';
import { type GatewayRoutePlan, planGatewayRoutes, routesForHost } from './gateway-route.ts';
import { growingRoutes } from './growing-routes.ts';
import type { Traffic } from './ingress.ts';
import { listenerName, routeConfigurationName, virtualHostName } from './names.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import type { FilterChainIr, ListenerIr, RouteConfigurationIr, VirtualHostIr } from './proxy-ir.ts';
import { isCompiledProtocol, reportUncompiledGatewayListener, reportUncompiledPolicy } from './uncompiled.ts';

/**
 * What a virtual gateway's proxy takes in and where it sends it. App Mesh sent each request through Envoy twice (a
 * `self_redirect` hop); here a gateway route leads straight to its service's targets, with the same outcome.
 */
export function gatewayTraffic(draft: ProxyDraft, gateway: Resource<'virtualGateway'>): Traffic {
  const policy = { resource: gateway, path: 'spec.backendDefaults.clientPolicy.tls' };
  reportUncompiledPolicy(draft, gateway.spec.backendDefaults?.clientPolicy, policy);
  const ports = gateway.spec.listeners.flatMap(({ portMapping }, i) => {
    reportUncompiledGatewayListener(draft, gateway, i);
    const place = { resource: gateway, path: `spec.listeners[${i}].portMapping.protocol` };
    return isCompiledProtocol(draft, portMapping.protocol, place) ? [portMapping.port] : [];
  });
  return {
    listeners: ports.map((port) => gatewayListener(gateway, port)),
    routeConfigurations: ports.map((port) => routeConfiguration(draft, gateway, port)),
  };
}

function gatewayListener(gateway: Resource<'virtualGateway'>, port: number): ListenerIr {
  const name = routeConfigurationName('ingress', port);
  const statPrefix = gateway.spec.listeners.length > 1 ? `ingress.http.${port}` : 'ingress';
  const log = accessLog(gateway.spec.logging?.accessLog);
  const chain: FilterChainIr = {
    name,
    match: {},
    filter: { kind: 'http', statPrefix, routeConfiguration: name },
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
