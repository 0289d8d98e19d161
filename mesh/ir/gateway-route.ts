import type { Resource } from '#mesh/model/resource.ts';
import type { GatewayRouteTarget } from '#mesh/model/spec.gen.ts';
import { composeRoutes } from './compose-route.ts';
import { type DeclaredGatewayRoute, declaredGatewayRoute } from './declared-gateway-route.ts';
import type { SpecPath } from './finding.ts';
import { type HostOrigin, originOf } from './host-origin.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { RouteIr } from './route-ir.ts';
import { byPrecedence, type Ranked } from './route-order.ts';
import { isHttpPort, type ServicePort } from './service-port.ts';
import { servicePorts } from './virtual-service.ts';

/** A gateway route, compiled to the routes of the service behind it. */
export interface GatewayRoutePlan extends Ranked {
  readonly host: { readonly exact?: string; readonly suffix?: string };
  readonly routes: readonly RouteIr[];
  readonly origin: HostOrigin;
}

/** The gateway routes that apply on a listener port, in order of precedence. */
export function planGatewayRoutes(
  draft: ProxyDraft,
  gateway: Resource<'virtualGateway'>,
  port: number,
): GatewayRoutePlan[] {
  const plans = (draft.index.gatewayRoutes.get(gateway.name) ?? []).flatMap((resource): GatewayRoutePlan[] => {
    const declared = declaredGatewayRoute(draft, resource);
    if (declared === undefined || (declared.port ?? port) !== port) return [];
    return [plan(draft, declared)];
  });
  return plans.sort(byPrecedence);
}

function plan(draft: ProxyDraft, declared: DeclaredGatewayRoute): GatewayRoutePlan {
  const { resource, host, match, field, target } = declared;
  const place = { resource, path: `spec.${field}.action.target` };
  const named = { ...place, path: `${place.path}.virtualService.virtualServiceName` };
  const service = servicePorts(draft, target.virtualService.virtualServiceName, named);
  const before = draft.findings.length;
  const behind = targetRoutes(draft, target, service.ports, place);
  const { name, spec } = resource;
  const composed = routes(draft, declared, behind, place);
  const origin = originOf(draft, [resource], before, [service.origin]);
  return { name, priority: spec.priority, match, host, routes: composed, origin };
}

/**
 * The plans that apply to a domain: Envoy chooses the virtual host first, so a host's own routes and the
 * ones for any host stand in it together.
 */
export function plansForHost(plans: readonly GatewayRoutePlan[], domain: string): GatewayRoutePlan[] {
  return plans.filter(({ host }) => covers(host, domain));
}

function covers({ exact, suffix }: GatewayRoutePlan['host'], domain: string): boolean {
  if (exact !== undefined) return exact === domain;
  return suffix === undefined || domain.endsWith(suffix);
}

function routes(
  draft: ProxyDraft,
  declared: DeclaredGatewayRoute,
  behind: readonly RouteIr[],
  place: SpecPath,
): RouteIr[] {
  const { resource, field, target } = declared;
  if (field === 'grpcRoute') reportGrpcOverHttp1(draft, behind, place);
  const composed = declared.entrances.map((entrance) => composeRoutes(resource.name, entrance, behind));
  if (composed.some(({ isPartial }) => isPartial))
    report(draft, 'unsupported', { ...place, path: `spec.${field}.match` }, PARTIAL);
  const host = declared.keepsHost ? {} : { hostRewrite: target.virtualService.virtualServiceName };
  return composed.flatMap((item) => item.routes).map((item) => withHost(item, host));
}

const PARTIAL =
  'a rewritten path cannot be compared with every route behind it: one whose regular expression does not begin with the rewritten prefix is left out';

const withHost = (route: RouteIr, host: { readonly hostRewrite?: string }): RouteIr =>
  route.action.kind === 'forward' ? { ...route, action: { ...route.action, ...host } } : route;

function targetRoutes(
  draft: ProxyDraft,
  target: GatewayRouteTarget,
  ports: readonly ServicePort[],
  place: SpecPath,
): readonly RouteIr[] {
  const name = target.virtualService.virtualServiceName;
  const http = ports.filter(isHttpPort);
  const found = target.port === undefined ? http[0] : http.find(({ port }) => port === target.port);
  if (found === undefined && ports.length > 0) {
    const wanted = target.port === undefined ? 'any port' : `port ${target.port}`;
    report(draft, 'invalid', { ...place, path: `${place.path}.port` }, `${name} takes no requests on ${wanted}`);
  }
  return found?.routes ?? [];
}

function reportGrpcOverHttp1(draft: ProxyDraft, behind: readonly RouteIr[], place: SpecPath): void {
  const targets = behind.flatMap(({ action }) => (action.kind === 'forward' ? action.targets : []));
  for (const { cluster } of targets) {
    const found = draft.clusters.get(cluster);
    if (found?.kind !== 'eds' && found?.kind !== 'dns') continue;
    if (found.protocol === 'http')
      report(draft, 'invalid', place, `virtual node ${found.node} speaks http, and gRPC needs http2 or grpc`);
  }
}

/** Reports gateway routes for a port that their gateway does not listen on. */
export function reportIdleGatewayRoutes(draft: ProxyDraft, gateway: Resource<'virtualGateway'>): void {
  const ports = gateway.spec.listeners.map(({ portMapping }) => portMapping.port);
  for (const resource of draft.index.gatewayRoutes.get(gateway.name) ?? []) {
    const { httpRoute, http2Route, grpcRoute } = resource.spec;
    const port = (httpRoute ?? http2Route ?? grpcRoute)?.match.port;
    if (port === undefined || ports.includes(port)) continue;
    const place = { resource, path: 'spec' };
    report(
      draft,
      'invalid',
      place,
      `virtual gateway ${gateway.name} does not listen on ${port}: nothing takes this route`,
    );
  }
}
