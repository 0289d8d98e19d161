import type { Resource } from '#mesh/model/resource.ts';
import type { RouteSpec } from '#mesh/model/spec.gen.ts';
import { isKind } from '../references.ts';

/**
 * A router with several listeners tells its routes apart by port, so each route must match one: the reason to refuse a
 * write of a router or a route that breaks this, given the mesh as it would be after it.
 */
export function routerPortFault(resources: readonly Resource[], written: Resource): string | undefined {
  if (isKind(written, 'virtualRouter')) return routerFault(written, routesOf(resources, written));
  if (!isKind(written, 'route')) return undefined;
  const router = resources
    .filter((other) => isKind(other, 'virtualRouter'))
    .find(({ name }) => name === written.parent);
  return router === undefined ? undefined : routeFault(written, portsOf(router));
}

/** App Mesh's own words (aws-app-mesh-controller-for-k8s #715). */
function routerFault(router: Resource<'virtualRouter'>, routes: readonly Resource<'route'>[]): string | undefined {
  const missing = routes.filter(({ spec }) => matchPort(spec) === undefined).map(({ name }) => name);
  if (portsOf(router).length < 2 || missing.length === 0) return undefined;
  return (
    'All Routes for this Virtual Router must define a port match before adding multiple listeners to this Virtual Router. ' +
    `${missing.length} Route(s) are missing port. Listing up to 5 route names: [${missing.slice(0, 5).join(', ')}]`
  );
}

function routeFault({ spec, parent }: Resource<'route'>, ports: readonly number[]): string | undefined {
  const port = matchPort(spec);
  if (port === undefined)
    return ports.length < 2
      ? undefined
      : `spec has no port match, and VirtualRouter ${parent} listens on ${ports.join(', ')}`;
  if (ports.length === 0 || ports.includes(port)) return undefined;
  return `spec matches port ${port}, and VirtualRouter ${parent} listens on ${ports.join(', ')}`;
}

const routesOf = (resources: readonly Resource[], { name }: Resource): readonly Resource<'route'>[] =>
  resources.filter((other) => isKind(other, 'route')).filter(({ parent }) => parent === name);

const portsOf = ({ spec }: Resource<'virtualRouter'>): readonly number[] =>
  (spec.listeners ?? []).map(({ portMapping }) => portMapping.port);

function matchPort({ httpRoute, http2Route, grpcRoute, tcpRoute }: RouteSpec): number | undefined {
  return (httpRoute ?? http2Route ?? grpcRoute ?? tcpRoute)?.match?.port;
}
