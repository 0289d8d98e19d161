import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Resource } from '#mesh/model/resource.ts';
import { inParallel } from './in-parallel.ts';
import { type Item, itemsOf } from './items-of.ts';
import { meshPartition, resourceKey } from './keys.ts';
import { type ResourceItem, resourceOf } from './mesh-store-item.ts';
import { endpointsOf, type ProxyItems } from './proxy-items.ts';
import { proxyStore } from './proxy-store.ts';
import type { Table } from './table.ts';

/** Partitions read at once: enough to hide the round trips, few enough for one table key. */
const READS_AT_ONCE = 16;

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

/** Reads a whole mesh: what is declared, and the endpoints and splits of all its virtual nodes (or of the `nodes` given). */
export async function loadMeshView(
  table: Table,
  owner: string,
  mesh: string,
  nodes?: readonly string[],
): Promise<MeshView> {
  const declared = await loadDeclaredMesh(table, owner, mesh);
  return withNodes(declared, await loadNodes(table, owner, mesh, nodes ?? nodeNames(declared)));
}

/** Reads the partitions of virtual nodes, by name. */
export async function loadNodes(
  table: Table,
  owner: string,
  mesh: string,
  nodes: readonly string[],
): Promise<ReadonlyMap<string, ProxyItems>> {
  const store = proxyStore(table);
  const read = async (name: string) => [name, await store.items(nodeId(owner, mesh, name))] as const;
  return new Map(await inParallel(nodes, READS_AT_ONCE, read));
}

/** A declared mesh with what runs in it: endpoints that may receive traffic, and splits. */
export function withNodes(declared: DeclaredMesh, nodes: ReadonlyMap<string, ProxyItems>): MeshView {
  const { owner, mesh, resources } = declared;
  const endpoints = new Map([...nodes].map(([name, items]) => [name, endpointsOf(items)]));
  const splits = new Map([...nodes].flatMap(([name, { split }]) => (split === undefined ? [] : [[name, split]])));
  return { owner, mesh, resources, endpoints, splits };
}

const nodeId = (owner: string, mesh: string, name: string): ProxyId => ({ owner, mesh, kind: 'vn', name });

const nodeNames = ({ resources }: DeclaredMesh): readonly string[] =>
  resources.filter(({ kind }) => kind === 'virtualNode').map(({ name }) => name);

const resourceIn = (item: Item): Resource => resourceOf(item as unknown as ResourceItem);
