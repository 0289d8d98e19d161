import type { Resource } from '#mesh/model/resource.ts';
import type { GatewayRouteHostnameRewrite, GatewayRouteTarget, HttpGatewayRoute } from '#mesh/model/spec.gen.ts';
import type { Entrance } from './compose-route.ts';
import { hasValidRegexes } from './match-regexes.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import type { RouteMatchIr } from './route-ir.ts';
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

/** Envoy compares hosts in lower case. */
function lowerCase({ exact, suffix }: DeclaredGatewayRoute['host'] = {}): DeclaredGatewayRoute['host'] {
  if (exact !== undefined) return { exact: exact.toLowerCase() };
  return suffix === undefined ? {} : { suffix: suffix.toLowerCase() };
}

function common({ match, action }: Declared) {
  const keepsHost = action.rewrite?.hostname?.defaultTargetHostname === 'DISABLED';
  return { port: match.port, host: lowerCase(match.hostname), target: action.target, keepsHost };
}

/**
 * The ways a request enters by this gateway route, with the path it has afterwards. App Mesh replaced a matched prefix by
 * `/` unless told otherwise.
 */
function entrances({ match, action: { rewrite } }: HttpGatewayRoute): Entrance[] {
  const outer = routeMatch(match);
  if (rewrite?.path?.exact !== undefined) return [{ match: outer, rewrite: { path: rewrite.path.exact } }];
  const { value, defaultPrefix } = rewrite?.prefix ?? {};
  if (match.prefix === undefined || (value === undefined && defaultPrefix === 'DISABLED')) return [{ match: outer }];
  return prefixEntrances(outer, value ?? '/');
}

/**
 * Where the prefix has no `/` at its end but the replacement has, `/shop/x` would become `//x`: so what is below the prefix
 * and the prefix itself (or, compared as text, what else begins with it) enter by ways of their own.
 */
function prefixEntrances(outer: RouteMatchIr, replacement: string): Entrance[] {
  const { kind, value } = outer.path;
  const below = (prefix: string): Entrance => ({
    match: { ...outer, path: { kind: 'prefix', value: `${value}/` } },
    rewrite: { prefix },
  });
  if (kind === 'subtree') {
    const itself = { ...outer, path: { kind: 'exact', value } } as const;
    return [below(replacement.replace(/\/*$/, '/')), { match: itself, rewrite: { path: replacement } }];
  }
  const plain: Entrance = { match: outer, rewrite: { prefix: replacement } };
  return replacement.endsWith('/') && !value.endsWith('/') ? [below(replacement), plain] : [plain];
}
