import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Resource, ResourceId } from '#mesh/model/resource.ts';
import { indexMesh, type MeshIndex } from './mesh-index.ts';

/** A change of resources, or of the endpoints or the split of one virtual node. */
export type Change = readonly ResourceId[] | { readonly node: string };

/**
 * Every proxy whose compiled resources a change may reach, itself included, sorted. Ask after the change is in the view:
 * what a resource referred to before is found through the resource itself, which is in the change.
 */
export function dependents(view: MeshView, change: Change): ProxyId[] {
  if (!isResources(change)) return clientsOf(view, change.node);
  const ids = change.filter(({ mesh }) => mesh === view.mesh);
  const index = indexMesh(view);
  const reached = ids.some(({ kind }) => kind === 'mesh')
    ? allProxies(index)
    : callersOf(index, servicesBehind(index, ids));
  return distinct([...reached, ...ids.flatMap((id) => ownProxy(view, id))]);
}

/** The proxies whose compiled egress contains a virtual node, sorted: the ones that must acknowledge a change of its split. */
export function clientsOf(view: MeshView, node: string): ProxyId[] {
  const index = indexMesh(view);
  return distinct(callersOf(index, servicesOf(index, { nodes: new Set([node]) })));
}

/** The virtual nodes that these proxies send requests to: whose endpoints and splits their compilation reads, sorted. */
export function targetsOf(view: MeshView, proxies: readonly ProxyId[]): string[] {
  const index = indexMesh(view);
  const services = new Set(proxies.flatMap((proxy) => servicesCalledBy(index, proxy)));
  return [...new Set([...services].flatMap((name) => nodesBehind(index, name)))].sort();
}

const isResources = (change: Change): change is readonly ResourceId[] => Array.isArray(change);

function distinct(proxies: readonly ProxyId[]): ProxyId[] {
  const byKey = new Map(proxies.map((proxy) => [`${proxy.kind}/${proxy.name}`, proxy]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, proxy]) => proxy);
}

/** A node or gateway has a proxy even when this very change removed it: its tasks must be told. */
function ownProxy({ owner, mesh }: MeshView, { kind, parent, name }: ResourceId): ProxyId[] {
  if (kind === 'virtualNode') return [{ owner, mesh, kind: 'vn', name }];
  if (kind === 'virtualGateway') return [{ owner, mesh, kind: 'vg', name }];
  return kind === 'gatewayRoute' && parent !== undefined ? [{ owner, mesh, kind: 'vg', name: parent }] : [];
}

/** Names of the virtual services, existing or not, whose routes may lead to or through one of these resources. */
function servicesBehind(index: MeshIndex, ids: readonly ResourceId[]): ReadonlySet<string> {
  const names = (wanted: ResourceId['kind']) => ids.flatMap(({ kind, name }) => (kind === wanted ? [name] : []));
  const parents = ids.flatMap(({ kind, parent }) => (kind === 'route' && parent !== undefined ? [parent] : []));
  const routers = new Set([...names('virtualRouter'), ...parents]);
  const through = servicesOf(index, { routers, nodes: new Set(names('virtualNode')) });
  return new Set([...names('virtualService'), ...through]);
}

/** Virtual services whose provider is one of these routers or nodes, or a router with a route to one of these nodes. */
function servicesOf(
  index: MeshIndex,
  { routers = new Set(), nodes }: { readonly routers?: ReadonlySet<string>; readonly nodes: ReadonlySet<string> },
): ReadonlySet<string> {
  const isRouted = (router: string) =>
    routers.has(router) || routeTargets(index, router).some((node) => nodes.has(node));
  const found = [...index.services.values()].filter(({ spec: { provider } }) => {
    if (provider?.virtualRouter !== undefined) return isRouted(provider.virtualRouter.virtualRouterName);
    return provider !== undefined && nodes.has(provider.virtualNode.virtualNodeName);
  });
  return new Set(found.map(({ name }) => name));
}

function callersOf(index: MeshIndex, services: ReadonlySet<string>): ProxyId[] {
  if (services.size === 0) return [];
  return allProxies(index).filter((proxy) => servicesCalledBy(index, proxy).some((name) => services.has(name)));
}

function allProxies({ view: { owner, mesh }, nodes, gateways }: MeshIndex): ProxyId[] {
  return [
    ...[...gateways.keys()].map((name) => ({ owner, mesh, kind: 'vg' as const, name })),
    ...[...nodes.keys()].map((name) => ({ owner, mesh, kind: 'vn' as const, name })),
  ];
}

function servicesCalledBy(index: MeshIndex, { kind, name }: ProxyId): string[] {
  if (kind === 'vg') return (index.gatewayRoutes.get(name) ?? []).flatMap(gatewayTarget);
  const node = index.nodes.get(name);
  return (node?.spec.backends ?? []).map(({ virtualService }) => virtualService.virtualServiceName);
}

function gatewayTarget({ spec }: Resource<'gatewayRoute'>): string[] {
  const { target } = (spec.httpRoute ?? spec.http2Route ?? spec.grpcRoute)?.action ?? {};
  return target === undefined ? [] : [target.virtualService.virtualServiceName];
}

function nodesBehind(index: MeshIndex, service: string): string[] {
  const provider = index.services.get(service)?.spec.provider;
  if (provider?.virtualRouter !== undefined) return routeTargets(index, provider.virtualRouter.virtualRouterName);
  return provider === undefined ? [] : [provider.virtualNode.virtualNodeName];
}

function routeTargets(index: MeshIndex, router: string): string[] {
  return (index.routes.get(router) ?? []).flatMap(({ spec }) => {
    const { action } = spec.httpRoute ?? spec.http2Route ?? spec.grpcRoute ?? spec.tcpRoute ?? {};
    return (action?.weightedTargets ?? []).map(({ virtualNode }) => virtualNode);
  });
}
