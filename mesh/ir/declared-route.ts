import type { Resource } from '#mesh/model/resource.ts';
import type {
  GrpcRetryPolicy,
  GrpcRouteMatch,
  HttpRetryPolicy,
  HttpTimeout,
  WeightedTarget,
} from '#mesh/model/spec.gen.ts';
import type { SpecPath } from './finding.ts';
import { hasValidRegexes } from './match-regexes.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { RouteMatchIr } from './route-ir.ts';
import { grpcMatch, routeMatch } from './route-match.ts';

/** A route for requests, whichever of App Mesh's three types declares it. */
export interface DeclaredRoute {
  readonly resource: Resource<'route'>;
  /** The field of the spec that holds it. */
  readonly field: 'httpRoute' | 'http2Route' | 'grpcRoute';
  /** Absent: every listener of the router. */
  readonly port: number | undefined;
  readonly match: RouteMatchIr;
  readonly targets: readonly WeightedTarget[];
  readonly timeout: HttpTimeout | undefined;
  readonly retryPolicy: HttpRetryPolicy | GrpcRetryPolicy | undefined;
}

/** What a route says about requests; `undefined` for a TCP route, and with a finding for one that Envoy would refuse. */
export function declaredRoute(draft: ProxyDraft, resource: Resource<'route'>): DeclaredRoute | undefined {
  const { httpRoute, http2Route, grpcRoute } = resource.spec;
  const http = httpRoute ?? http2Route;
  if (http !== undefined) {
    const field = httpRoute === undefined ? 'http2Route' : 'httpRoute';
    const place = { resource, path: `spec.${field}.match` };
    if (!hasValidRegexes(draft, http.match, place)) return undefined;
    return { resource, field, match: routeMatch(http.match), ...common(http) };
  }
  if (grpcRoute === undefined) return undefined;
  const place = { resource, path: 'spec.grpcRoute.match' };
  if (!hasValidRegexes(draft, grpcRoute.match, place)) return undefined;
  reportBareMethod(draft, grpcRoute.match, place);
  return { resource, field: 'grpcRoute', match: grpcMatch(grpcRoute.match), ...common(grpcRoute) };
}

function reportBareMethod(draft: ProxyDraft, { serviceName, methodName }: GrpcRouteMatch, place: SpecPath): void {
  if (methodName === undefined || serviceName !== undefined) return;
  const reason = 'a method is found only by its service, which is missing: methods of any name take this route';
  report(draft, 'invalid', { ...place, path: `${place.path}.methodName` }, reason);
}

function common({
  match,
  action,
  timeout,
  retryPolicy,
}: NonNullable<Resource<'route'>['spec']['httpRoute' | 'grpcRoute']>) {
  return { port: match.port, targets: action.weightedTargets, timeout, retryPolicy };
}
