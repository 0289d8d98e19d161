import type { Resource } from '#mesh/model/resource.ts';
import type { GrpcRetryPolicy, HttpRetryPolicy, HttpTimeout, WeightedTarget } from '#mesh/model/spec.gen.ts';
import type { RouteMatchIr } from './proxy-ir.ts';
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

/** What a route says about requests; `undefined` for a TCP route. */
export function declaredRoute(resource: Resource<'route'>): DeclaredRoute | undefined {
  const { httpRoute, http2Route, grpcRoute } = resource.spec;
  const http = httpRoute ?? http2Route;
  if (http !== undefined) {
    const field = httpRoute === undefined ? 'http2Route' : 'httpRoute';
    return { resource, field, match: routeMatch(http.match), ...common(http) };
  }
  if (grpcRoute === undefined) return undefined;
  return { resource, field: 'grpcRoute', match: grpcMatch(grpcRoute.match), ...common(grpcRoute) };
}

function common({
  match,
  action,
  timeout,
  retryPolicy,
}: NonNullable<Resource<'route'>['spec']['httpRoute' | 'grpcRoute']>) {
  return { port: match.port, targets: action.weightedTargets, timeout, retryPolicy };
}
