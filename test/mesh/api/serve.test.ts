import { describe, expect, test } from 'vitest';
import type { Draft, ListQuery, Tag } from '#mesh/api/command.ts';
import { NotFound } from '#mesh/api/errors.ts';
import type { OperationName } from '#mesh/api/model.ts';
import type { MeshStore } from '#mesh/api/ports.ts';
import { serve } from '#mesh/api/serve.ts';
import type { Resource } from '#mesh/model/resource.ts';

const home = { owner: '123456789012', region: 'eu-west-1' };
const made = ({ id, spec }: Draft, version = 1): Resource => ({
  ...id,
  spec,
  uid: 'uid-1',
  version,
  createdAt: 1_700_000_000_123,
  lastUpdatedAt: 1_700_000_001_000,
});

/** A store that answers any question and remembers what it was asked. */
function storeOf(parts: Partial<MeshStore> = {}): MeshStore {
  return {
    describe: async (id) => made({ id, spec: {}, tags: [] }),
    create: async (draft) => made(draft),
    update: async (draft) => made(draft, 2),
    delete: async (id) => made({ id, spec: {}, tags: [] }, 3),
    list: async () => ({ items: [] }),
    tags: async () => [],
    tag: async () => undefined,
    untag: async () => undefined,
    rehearse: async () => Promise.reject(new Error('not asked for')),
    ...parts,
  };
}

const admin = { mesh: '*', access: 'admin' } as const;
const ask = (
  operation: OperationName,
  more: { json?: object; query?: Record<string, string> } = {},
  store = storeOf(),
) =>
  serve(
    {
      operation,
      params: { meshName: 'm', virtualGatewayName: 'gw', gatewayRouteName: 'gr', virtualNodeName: 'n' },
      query: more.query ?? {},
      body: more.json === undefined ? '' : JSON.stringify(more.json),
    },
    admin,
    home,
    store,
  );
const spec = { listeners: [], backends: [] };

describe('a resource', () => {
  test('is answered bare, with its spec as sent and App Mesh metadata', async () => {
    expect(await ask('CreateVirtualNode', { json: { virtualNodeName: 'n', spec } })).toEqual({
      meshName: 'm',
      virtualNodeName: 'n',
      spec,
      metadata: {
        arn: 'arn:aws:appmesh:eu-west-1:123456789012:mesh/m/virtualNode/n',
        createdAt: 1_700_000_000.123,
        lastUpdatedAt: 1_700_000_001,
        meshOwner: '123456789012',
        resourceOwner: '123456789012',
        uid: 'uid-1',
        version: 1,
      },
      status: { status: 'ACTIVE' },
    });
  });

  test('names its parent', async () => {
    expect(await ask('DescribeGatewayRoute')).toMatchObject({
      meshName: 'm',
      virtualGatewayName: 'gw',
      gatewayRouteName: 'gr',
      metadata: { arn: 'arn:aws:appmesh:eu-west-1:123456789012:mesh/m/virtualGateway/gw/gatewayRoute/gr' },
    });
  });

  test('is named once when it is the mesh', async () => {
    expect(Object.keys(await ask('DescribeMesh'))).toEqual(['meshName', 'spec', 'metadata', 'status']);
  });

  test('is answered in its new version when updated, and as DELETED when deleted', async () => {
    expect(await ask('UpdateVirtualNode', { json: { spec } })).toMatchObject({ metadata: { version: 2 }, spec });
    expect(await ask('DeleteVirtualNode')).toMatchObject({ metadata: { version: 3 }, status: { status: 'DELETED' } });
  });
});

test('a list shows names and metadata, without uid, spec and status', async () => {
  const asked: ListQuery[] = [];
  const list = async (query: ListQuery) => {
    asked.push(query);
    const { kind, owner, mesh } = query;
    return {
      items: [made({ id: { kind, owner, mesh, parent: 'gw', name: 'gr' }, spec: {}, tags: [] })],
      nextToken: 'more',
    };
  };

  expect(await ask('ListGatewayRoutes', { query: { limit: '1' } }, storeOf({ list }))).toEqual({
    gatewayRoutes: [
      {
        meshName: 'm',
        virtualGatewayName: 'gw',
        gatewayRouteName: 'gr',
        arn: 'arn:aws:appmesh:eu-west-1:123456789012:mesh/m/virtualGateway/gw/gatewayRoute/gr',
        createdAt: 1_700_000_000.123,
        lastUpdatedAt: 1_700_000_001,
        meshOwner: '123456789012',
        resourceOwner: '123456789012',
        version: 1,
      },
    ],
    nextToken: 'more',
  });
  expect(asked).toEqual([{ kind: 'gatewayRoute', owner: home.owner, mesh: 'm', parent: 'gw', limit: 1 }]);
  expect(await ask('ListMeshes')).toEqual({ meshes: [] });
});

describe('tags', () => {
  const resourceArn = 'arn:aws:appmesh:eu-west-1:123456789012:mesh/m';

  test('come in pages, in the order of keys, also when some were written between the pages', async () => {
    let stored: Tag[] = ['d', 'b', 'a'].map((key) => ({ key, value: key }));
    const store = storeOf({ tags: async () => stored });
    const page = async (nextToken?: string) =>
      (await ask(
        'ListTagsForResource',
        { query: { resourceArn, limit: '2', ...(nextToken && { nextToken }) } },
        store,
      )) as {
        tags: Tag[];
        nextToken?: string;
      };

    const first = await page();
    stored = [...stored, { key: 'aa', value: '' }, { key: 'c', value: '' }];
    const second = await page(first.nextToken);

    expect(first.tags.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(second.tags.map(({ key }) => key)).toEqual(['c', 'd']);
    expect(second).not.toHaveProperty('nextToken');
  });

  test('are added and removed with an empty answer', async () => {
    const calls: unknown[] = [];
    const store = storeOf({
      tag: async (id, tags) => void calls.push([id.name, tags]),
      untag: async (id, keys) => void calls.push([id.name, keys]),
    });
    const tags = [{ key: 'k', value: 'v' }];

    expect(await ask('TagResource', { query: { resourceArn }, json: { tags } }, store)).toEqual({});
    expect(await ask('UntagResource', { query: { resourceArn }, json: { tagKeys: ['k'] } }, store)).toEqual({});
    expect(calls).toEqual([
      ['m', tags],
      ['m', ['k']],
    ]);
  });
});

test('what the store refuses is refused', async () => {
  const describeNothing = storeOf({ describe: async () => Promise.reject(new NotFound('gone')) });

  await expect(ask('DescribeMesh', {}, describeNothing)).rejects.toMatchObject({
    name: 'NotFoundException',
    status: 404,
  });
});

test('a request out of scope never reaches the store', async () => {
  const request = { operation: 'DeleteMesh', params: { meshName: 'm' }, query: {}, body: '' } as const;
  const store = storeOf({ delete: () => Promise.reject(new Error('reached')) });

  await expect(serve(request, { mesh: 'm', access: 'write' }, home, store)).rejects.toMatchObject({
    name: 'ForbiddenException',
  });
});
