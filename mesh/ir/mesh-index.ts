import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { Resource, ResourceId, ResourceKind } from '#mesh/model/resource.ts';

/** A mesh's resources by kind and name; children are sorted by name, so that input order never shows. */
export interface MeshIndex {
  readonly view: MeshView;
  readonly mesh: Resource<'mesh'> | undefined;
  readonly nodes: ReadonlyMap<string, Resource<'virtualNode'>>;
  readonly routers: ReadonlyMap<string, Resource<'virtualRouter'>>;
  readonly services: ReadonlyMap<string, Resource<'virtualService'>>;
  readonly gateways: ReadonlyMap<string, Resource<'virtualGateway'>>;
  /** By virtual router. */
  readonly routes: ReadonlyMap<string, readonly Resource<'route'>[]>;
  /** By virtual gateway. */
  readonly gatewayRoutes: ReadonlyMap<string, readonly Resource<'gatewayRoute'>[]>;
}

const known = new WeakMap<MeshView, MeshIndex>();

/** Indexes the resources of the view's own mesh: once for each view, which is a value and so never changes. */
export function indexMesh(view: MeshView): MeshIndex {
  const index = known.get(view) ?? newIndex(view);
  known.set(view, index);
  return index;
}

function newIndex(view: MeshView): MeshIndex {
  const own = view.resources.filter(({ mesh }) => mesh === view.mesh);
  return {
    view,
    mesh: own.find(isKind('mesh')),
    nodes: byName(own.filter(isKind('virtualNode'))),
    routers: byName(own.filter(isKind('virtualRouter'))),
    services: byName(own.filter(isKind('virtualService'))),
    gateways: byName(own.filter(isKind('virtualGateway'))),
    routes: byParent(own.filter(isKind('route'))),
    gatewayRoutes: byParent(own.filter(isKind('gatewayRoute'))),
  };
}

/** The id a resource of this mesh has or would have. */
export function idIn<K extends ResourceKind>(index: MeshIndex, kind: K, name: string): ResourceId<K> {
  return { kind, owner: index.view.owner, mesh: index.view.mesh, name };
}

const isKind =
  <K extends ResourceKind>(kind: K) =>
  (resource: Resource): resource is Resource<K> =>
    resource.kind === kind;

const byName = <R extends Resource>(resources: readonly R[]) => new Map(resources.map((item) => [item.name, item]));

function byParent<R extends Resource>(resources: readonly R[]): ReadonlyMap<string, readonly R[]> {
  const children = Map.groupBy(resources, ({ parent }) => parent ?? '');
  for (const siblings of children.values()) siblings.sort((a, b) => (a.name < b.name ? -1 : 1));
  return children;
}
