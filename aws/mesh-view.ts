import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { Resource } from '#mesh/model/resource.ts';
import type { Split } from '#mesh/model/split.ts';
import { inParallel } from './in-parallel.ts';
import { type Item, itemsOf } from './items-of.ts';
import { meshPartition, resourceKey } from './keys.ts';
import { type ResourceItem, resourceOf } from './mesh-store-item.ts';
import { endpointsOf, type ProxyItems } from './proxy-items.ts';
import type { Table } from './table.ts';

/** A mesh as declared: without endpoints and splits. */
export type DeclaredMesh = Pick<MeshView, 'owner' | 'mesh' | 'resources'>;

/** Reads every resource of a mesh, and the mesh itself, consistently. */
export async function loadDeclaredMesh(table: Table, owner: string, mesh: string): Promise<DeclaredMesh> {
  const Key = { ...resourceKey({ kind: 'mesh', owner, mesh, name: mesh }) };
  const [own, inside] = await Promise.all([
    table.client.send(new GetCommand({ TableName: table.name, Key, ConsistentRead: true })),
    itemsOf(table, meshPartition(owner, mesh), 'R#'),
  ]);
  return { owner, mesh, resources: [...(own.Item ? [own.Item] : []), ...inside].map(resourceIn) };
}

/** Reads every mesh of an account, one after the other. */
export async function loadDeclaredMeshes(table: Table, owner: string): Promise<readonly DeclaredMesh[]> {
  const { pk } = resourceKey({ kind: 'mesh', owner, mesh: '', name: '' });
  const meshes = await itemsOf(table, pk, 'MESH#');
  return inParallel(meshes.map(resourceIn), 1, ({ name }) => loadDeclaredMesh(table, owner, name));
}

/**
 * A declared mesh with what runs in it (by virtual node): endpoints that may receive traffic, and splits. A split counts once
 * a task can be reached: until then, and when none is left, a node that declares DNS or Cloud Map is found there, as in App Mesh
 * (ADR 73).
 */
export function withNodes(declared: DeclaredMesh, nodes: ReadonlyMap<string, ProxyItems>): MeshView {
  const { owner, mesh, resources } = declared;
  const endpoints = new Map([...nodes].map(([name, items]) => [name, endpointsOf(items)]));
  const elsewhere = new Set(resources.filter(declaresDiscovery).map(({ name }) => name));
  const splits = [...nodes].flatMap(([name, { split }]): [string, Split][] => {
    const isReached = (endpoints.get(name) ?? []).length > 0 || split?.canary !== undefined;
    return split !== undefined && (isReached || !elsewhere.has(name)) ? [[name, split]] : [];
  });
  const instances = [...nodes].flatMap(([name, { cloudMap }]) =>
    cloudMap === undefined ? [] : [[name, cloudMap] as const],
  );
  const comparisons = [...nodes].flatMap(([name, { comparison }]) =>
    comparison === undefined ? [] : [[name, comparison] as const],
  );
  return {
    owner,
    mesh,
    resources,
    endpoints,
    splits: new Map(splits),
    cloudMap: new Map(instances),
    comparisons: new Map(comparisons),
  };
}

function declaresDiscovery(resource: Resource): boolean {
  return resource.kind === 'virtualNode' && (resource as Resource<'virtualNode'>).spec.serviceDiscovery !== undefined;
}

const resourceIn = (item: Item): Resource => resourceOf(item as unknown as ResourceItem);
