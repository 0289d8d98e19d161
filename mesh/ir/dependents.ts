import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Resource, ResourceId } from '#mesh/model/resource.ts';
import { backendNames } from './egress.ts';
import { indexMesh, type MeshIndex } from './mesh-index.ts';

/** Names of everything that one proxy's compiled resources are made from, whether or not it exists (yet, or any more). */
interface Closure {
  readonly proxy: ProxyId;
  readonly services: ReadonlySet<string>;
  readonly routers: ReadonlySet<string>;
  /** Virtual nodes it sends requests to. */
  readonly nodes: ReadonlySet<string>;
}

/** A change of resources, or of the endpoints or the split of one virtual node. */
export type Change = readonly ResourceId[] | { readonly node: string };

/**
 * Every proxy whose compiled resources a change may reach, itself included, sorted. Ask after the change is in the view:
 * what a resource referred to before is found through the resource itself, which is in the change.
 */
export function dependents(view: MeshView, change: Change): ProxyId[] {
  if (!isResources(change)) return clientsOf(view, change.node);
  const ids = change.filter(({ mesh }) => mesh === view.mesh);
  const reached = closures(view).filter((closure) => ids.some((id) => touches(closure, id)));
  const own = ids.flatMap((id) => ownProxy(view, id));
  const byKey = new Map([...reached.map(({ proxy }) => proxy), ...own].map((proxy) => [proxyKey(proxy), proxy]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, proxy]) => proxy);
}

/** The proxies whose compiled egress contains a virtual node: the ones that must acknowledge a change of its split. */
export function clientsOf(view: MeshView, node: string): ProxyId[] {
  return closures(view)
    .filter(({ nodes }) => nodes.has(node))
    .map(({ proxy }) => proxy);
}

/** The virtual nodes that these proxies send requests to: whose endpoints and splits their compilation reads, sorted. */
export function targetsOf(view: MeshView, proxies: readonly ProxyId[]): string[] {
  const wanted = new Set(proxies.map(proxyKey));
  const reached = closures(view).filter(({ proxy }) => wanted.has(proxyKey(proxy)));
  return [...new Set(reached.flatMap(({ nodes }) => [...nodes]))].sort();
}

const isResources = (change: Change): change is readonly ResourceId[] => Array.isArray(change);

const proxyKey = ({ kind, name }: ProxyId) => `${kind}/${name}`;

/** A node or gateway has a proxy even when this very change removed it: its tasks must be told. */
function ownProxy({ owner, mesh }: MeshView, { kind, parent, name }: ResourceId): ProxyId[] {
  if (kind === 'virtualNode') return [{ owner, mesh, kind: 'vn', name }];
  if (kind === 'virtualGateway') return [{ owner, mesh, kind: 'vg', name }];
  return kind === 'gatewayRoute' && parent !== undefined ? [{ owner, mesh, kind: 'vg', name: parent }] : [];
}

function touches({ services, routers, nodes }: Closure, { kind, parent = '', name }: ResourceId): boolean {
  if (kind === 'mesh') return true;
  if (kind === 'virtualService') return services.has(name);
  if (kind === 'virtualRouter') return routers.has(name);
  if (kind === 'route') return routers.has(parent);
  return kind === 'virtualNode' && nodes.has(name);
}

/** One closure a proxy, sorted by {@link proxyKey}. */
function closures(view: MeshView): Closure[] {
  const index = indexMesh(view);
  const { owner, mesh } = view;
  const gateways = [...index.gateways.values()].map(({ name }) => {
    const routes = index.gatewayRoutes.get(name) ?? [];
    return closure(index, { owner, mesh, kind: 'vg', name }, routes.flatMap(gatewayTarget));
  });
  const nodes = [...index.nodes.values()].map((node) =>
    closure(index, { owner, mesh, kind: 'vn', name: node.name }, backendNames(node)),
  );
  return [...gateways, ...nodes];
}

function gatewayTarget({ spec }: Resource<'gatewayRoute'>): string[] {
  const { target } = (spec.httpRoute ?? spec.http2Route ?? spec.grpcRoute)?.action ?? {};
  return target === undefined ? [] : [target.virtualService.virtualServiceName];
}

function closure(index: MeshIndex, proxy: ProxyId, serviceNames: readonly string[]): Closure {
  const providers = serviceNames.flatMap((name) => index.services.get(name)?.spec.provider ?? []);
  const routers = new Set(providers.flatMap(({ virtualRouter }) => virtualRouter?.virtualRouterName ?? []));
  const provided = providers.flatMap(({ virtualNode }) => virtualNode?.virtualNodeName ?? []);
  const routed = [...routers].flatMap((router) => (index.routes.get(router) ?? []).flatMap(routeTargets));
  return { proxy, services: new Set(serviceNames), routers, nodes: new Set([...provided, ...routed]) };
}

function routeTargets({ spec }: Resource<'route'>): string[] {
  const { action } = spec.httpRoute ?? spec.http2Route ?? spec.grpcRoute ?? spec.tcpRoute ?? {};
  return (action?.weightedTargets ?? []).map(({ virtualNode }) => virtualNode);
}
