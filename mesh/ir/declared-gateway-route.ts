import type { Resource } from '#mesh/model/resource.ts';
import type { GatewayRouteHostnameRewrite, GatewayRouteTarget, HttpGatewayRoute } from '#mesh/model/spec.gen.ts';
import type { Entrance } from './compose-route.ts';
import { hasValidRegexes } from './match-regexes.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import type { RouteMatchIr } from './proxy-ir.ts';
import { grpcMatch, routeMatch } from './route-match.ts';

/** A gateway route, whichever of App Mesh's three types declares it. */
export interface DeclaredGatewayRoute {
  readonly resource: Resource<'gatewayRoute'>;
  /** The field of the spec that holds it. */
  readonly field: 'httpRoute' | 'http2Route' | 'grpcRoute';
  /** Absent: every listener of the gateway. */
  readonly port: number | undefined;
  readonly host: { readonly exact?: string; readonly suffix?: string };
  readonly match: RouteMatchIr;
  readonly target: GatewayRouteTarget;
  readonly entrances: readonly Entrance[];
  /** The target sees the host that the client asked for, not the name of its virtual service. */
  readonly keepsHost: boolean;
}

/** What a gateway route says; `undefined`, with a finding, for one that Envoy would refuse. */
export function declaredGatewayRoute(
  draft: ProxyDraft,
  resource: Resource<'gatewayRoute'>,
): DeclaredGatewayRoute | undefined {
  const { httpRoute, http2Route, grpcRoute } = resource.spec;
  const http = httpRoute ?? http2Route;
  if (http !== undefined) {
    const field = httpRoute === undefined ? 'http2Route' : 'httpRoute';
    const place = { resource, path: `spec.${field}.match` };
    if (!hasValidRegexes(draft, http.match, place)) return undefined;
    return { resource, field, match: routeMatch(http.match), entrances: entrances(http), ...common(http) };
  }
  if (grpcRoute === undefined) return undefined;
  if (!hasValidRegexes(draft, grpcRoute.match, { resource, path: 'spec.grpcRoute.match' })) return undefined;
  const match = grpcMatch(grpcRoute.match);
  return { resource, field: 'grpcRoute', match, entrances: [{ match }], ...common(grpcRoute) };
}

interface Declared {
  readonly match: { readonly port?: number; readonly hostname?: DeclaredGatewayRoute['host'] };
  readonly action: {
    readonly target: GatewayRouteTarget;
    readonly rewrite?: { readonly hostname?: GatewayRouteHostnameRewrite };
  };
}

function common({ match, action }: Declared) {
  const keepsHost = action.rewrite?.hostname?.defaultTargetHostname === 'DISABLED';
  return { port: match.port, host: match.hostname ?? {}, target: action.target, keepsHost };
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
