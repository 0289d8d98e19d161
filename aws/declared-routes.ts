import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { AppMeshError } from '#mesh/api/errors.ts';
import type { MeshStore } from '#mesh/api/ports.ts';
import type { Resource, ResourceId } from '#mesh/model/resource.ts';
import { FenceLostError } from '#rollouts/ports.ts';
import type { DeclaredRoutes, RouteName } from '#rollouts/route-shift.ts';
import { resourceKey } from './keys.ts';
import { type ResourceItem, resourceOf } from './mesh-store-item.ts';
import { writerToken } from './rollout-writer.ts';
import type { Table } from './table.ts';

/**
 * Routes through the mesh store, the very one behind UpdateRoute: a rollout's write is validated, compiled, fenced and
 * published like any user's, and only the hop over HTTP and its credentials are left out (ADR 123).
 */
export function declaredRoutes({ client, name: TableName }: Table, store: Pick<MeshStore, 'update'>): DeclaredRoutes {
  return {
    async get(name) {
      const Key = { ...resourceKey(idOf(name)) };
      const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      if (Item === undefined) return undefined;
      const item = Item as ResourceItem;
      const { spec, version } = resourceOf(item) as Resource<'route'>;
      return { spec, version, ...(item.writtenBy !== undefined && { writtenBy: item.writtenBy }) };
    },

    async update(name, spec, writer) {
      const text = writerToken(writer);
      const token = { text, fingerprint: text };
      await store.update({ id: idOf(name), spec, tags: [], token }).catch((error: unknown) => {
        if (error instanceof AppMeshError && lost.has(error.name)) throw new FenceLostError(error.message);
        throw error;
      });
    },
  };
}

/** What a write is refused with when the route or the rollout's hold on it is gone. */
const lost: ReadonlySet<string> = new Set(['ConflictException', 'NotFoundException']);

const idOf = ({ owner, mesh, virtualRouter, route }: RouteName): ResourceId<'route'> => ({
  kind: 'route',
  owner,
  mesh,
  parent: virtualRouter,
  name: route,
});
