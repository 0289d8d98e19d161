import type { Resource } from '#mesh/model/resource.ts';
import type { GatewayRouteTarget, HttpGatewayRoute } from '#mesh/model/spec.gen.ts';
import { composeRoutes, type Entrance } from './compose-route.ts';
import type { SpecPath } from './finding.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { RouteIr } from './proxy-ir.ts';
import { routeMatch } from './route-match.ts';
import { byPrecedence, type Ranked } from './route-order.ts';
import { reportUncompiledRoute } from './uncompiled.ts';
import { type ServicePort, servicePorts } from './virtual-service.ts';

/** A gateway route, compiled to the routes of the service behind it. */
export interface GatewayRoutePlan extends Ranked {
  readonly host: { readonly exact?: string; readonly suffix?: string };
  readonly routes: readonly RouteIr[];
}

/** The gateway routes that apply on a listener port, in order of precedence. */
export function planGatewayRoutes(
  draft: ProxyDraft,
  gateway: Resource<'virtualGateway'>,
  port: number,
): GatewayRoutePlan[] {
  const plans = (draft.index.gatewayRoutes.get(gateway.name) ?? []).flatMap((route): GatewayRoutePlan[] => {
    reportUncompiledRoute(draft, route);
    const { httpRoute, priority } = route.spec;
    if (httpRoute === undefined || (httpRoute.match.port ?? port) !== port) return [];
    const match = routeMatch(httpRoute.match);
    return [
      {
        name: route.name,
        priority,
        match,
        host: httpRoute.match.hostname ?? {},
        routes: routes(draft, route, httpRoute),
      },
    ];
  });
  return plans.sort(byPrecedence);
}

/**
 * The routes of every plan that applies to a domain: Envoy chooses the virtual host first, so a host's own routes and the
 * ones for any host stand in it together.
 */
export function routesForHost(plans: readonly GatewayRoutePlan[], domain: string): RouteIr[] {
  return plans.filter(({ host }) => covers(host, domain)).flatMap((plan) => plan.routes);
}

function covers({ exact, suffix }: GatewayRoutePlan['host'], domain: string): boolean {
  if (exact !== undefined) return exact === domain;
  return suffix === undefined || domain.endsWith(suffix);
}

function routes(draft: ProxyDraft, route: Resource<'gatewayRoute'>, http: HttpGatewayRoute): RouteIr[] {
  const { target, rewrite } = http.action;
  const service = target.virtualService.virtualServiceName;
  const place = { resource: route, path: 'spec.httpRoute.action.target' };
  const behind = targetRoutes(draft, target, place);
  const hostRewrite = rewrite?.hostname?.defaultTargetHostname === 'DISABLED' ? {} : { hostRewrite: service };
  const composed = entrances(http).map((entrance) => composeRoutes(route.name, entrance, behind));
  if (composed.some(({ isPartial }) => isPartial))
    report(draft, 'unsupported', { ...place, path: 'spec.httpRoute.match' }, PARTIAL);
  return composed.flatMap((item) => item.routes).map((item) => withHost(item, hostRewrite));
}

const PARTIAL =
  'a path rewrite cannot be combined with a regular expression of a route behind it yet: such routes are left out';

const withHost = (route: RouteIr, host: { readonly hostRewrite?: string }): RouteIr =>
  route.action.kind === 'forward' ? { ...route, action: { ...route.action, ...host } } : route;

function targetRoutes(draft: ProxyDraft, target: GatewayRouteTarget, place: SpecPath): readonly RouteIr[] {
  const name = target.virtualService.virtualServiceName;
  const ports = servicePorts(draft, name, { ...place, path: `${place.path}.virtualService.virtualServiceName` });
  const found = target.port === undefined ? ports[0] : ports.find((item: ServicePort) => item.port === target.port);
  if (found === undefined && target.port !== undefined && ports.length > 0)
    report(draft, 'invalid', { ...place, path: `${place.path}.port` }, `${name} does not listen on ${target.port}`);
  return found?.routes ?? [];
}

/**
 * The ways a request enters by this gateway route, with the path it has afterwards. App Mesh replaced a matched prefix by
 * `/` unless told otherwise; where the prefix has no trailing slash but the replacement has, `/shop/x` would become `//x`,
 * so `/shop/` is an entrance of its own.
 */
function entrances({ match, action }: HttpGatewayRoute): Entrance[] {
  const outer = routeMatch(match);
  const whole = action.rewrite?.path?.exact;
  if (whole !== undefined) return [{ match: outer, rewrite: { path: whole } }];
  if (match.prefix === undefined) return [{ match: outer }];
  const { prefix = {} } = action.rewrite ?? {};
  if (prefix.value === undefined && prefix.defaultPrefix === 'DISABLED') return [{ match: outer }];
  const replacement = prefix.value ?? '/';
  const plain: Entrance = { match: outer, rewrite: { prefix: replacement } };
  if (!replacement.endsWith('/') || match.prefix.endsWith('/')) return [plain];
  const slashed = { ...outer, path: { kind: 'prefix', value: `${match.prefix}/` } } as const;
  return [{ match: slashed, rewrite: { prefix: replacement } }, plain];
}
