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

/** Indexes the resources of the view's own mesh. */
export function indexMesh(view: MeshView): MeshIndex {
  return {
    view,
    mesh: ofKind(view, 'mesh')[0],
    nodes: byName(ofKind(view, 'virtualNode')),
    routers: byName(ofKind(view, 'virtualRouter')),
    services: byName(ofKind(view, 'virtualService')),
    gateways: byName(ofKind(view, 'virtualGateway')),
    routes: byParent(ofKind(view, 'route')),
    gatewayRoutes: byParent(ofKind(view, 'gatewayRoute')),
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

function ofKind<K extends ResourceKind>(view: MeshView, kind: K): Resource<K>[] {
  return view.resources
    .filter(({ mesh }) => mesh === view.mesh)
    .filter(isKind(kind))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const byName = <R extends Resource>(resources: readonly R[]) => new Map(resources.map((item) => [item.name, item]));

const byParent = <R extends Resource>(resources: readonly R[]): ReadonlyMap<string, readonly R[]> =>
  Map.groupBy(resources, ({ parent }) => parent ?? '');
