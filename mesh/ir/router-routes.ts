import type { Resource } from '#mesh/model/resource.ts';
import { type DeclaredRoute, declaredRoute } from './declared-route.ts';
import type { SpecPath } from './finding.ts';
import { type ForwardSettings, forwardRoutes } from './forward-routes.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import { retryPolicy, unknownEvents } from './retry.ts';
import type { RouteIr } from './route-ir.ts';
import { byPrecedence } from './route-order.ts';
import { routeTimeouts } from './timeout.ts';
import { type Reached, reachTargets } from './weighted-targets.ts';

/** The routes of a virtual router for requests on one of its ports, in order of precedence. */
export function requestRoutes(draft: ProxyDraft, router: Resource<'virtualRouter'>, port: number): RouteIr[] {
  const ranked = (draft.index.routes.get(router.name) ?? []).flatMap((resource) => {
    const declared = declaredRoute(draft, resource);
    if (declared === undefined || (declared.port ?? port) !== port) return [];
    return [{ name: resource.name, priority: resource.spec.priority, match: declared.match, declared }];
  });
  return ranked.sort(byPrecedence).flatMap(({ name, match, declared }) => {
    const place = { resource: declared.resource, path: `spec.${declared.field}.action.weightedTargets` };
    const reached = reachTargets(draft, declared.targets, port, place);
    if (declared.field === 'grpcRoute') reportGrpcOverHttp1(draft, reached, place);
    return forwardRoutes(draft, { name, match, reached, settings: settings(draft, declared), place });
  });
}

function settings(
  draft: ProxyDraft,
  { resource, field, retryPolicy: policy, timeout }: DeclaredRoute,
): ForwardSettings {
  for (const name of unknownEvents(policy)) {
    const events = { resource, path: `spec.${field}.retryPolicy.httpRetryEvents` };
    report(draft, 'invalid', events, `${name} is no retry event: nothing is retried because of it`);
  }
  return { ...routeTimeouts(timeout), retry: retryPolicy(policy) };
}

function reportGrpcOverHttp1(draft: ProxyDraft, reached: readonly Reached[], place: SpecPath): void {
  for (const { listener } of reached) {
    const { port, protocol } = listener.listener.portMapping;
    if (protocol !== 'http') continue;
    const reason = `virtual node ${listener.node.name} speaks http on port ${port}, and gRPC needs http2 or grpc`;
    report(draft, 'invalid', place, reason);
  }
}
