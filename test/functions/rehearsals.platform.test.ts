import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STRICT_QUOTAS } from '#mesh/api/quotas.ts';
import { appMeshApi } from '../support/app-mesh-api.ts';
import { checkedStore } from '../support/app-mesh-table.ts';
import { startTable, type TestTable } from '../support/dynamodb-table.ts';
import { found, http, inWeb, port, providedBy, ShopApi, to } from '../support/shop-api.ts';

let table: TestTable;
let shop: ShopApi;
beforeAll(async () => {
  table = await startTable();
  shop = new ShopApi(table);
  await shop.fill();
});
afterAll(() => table?.close());

describe('a rehearsal is refused as the write is:', () => {
  test.each([
    [
      'a name that is taken',
      '/virtualNodes',
      { virtualNodeName: 'orders', spec: {} },
      'ConflictException',
      'VirtualNode with name orders already exists in Mesh shop.',
    ],
    [
      'an update of nothing',
      '/virtualNodes/ghost',
      { spec: {} },
      'NotFoundException',
      'VirtualNode with name ghost was not found in Mesh shop.',
    ],
    [
      'a target that is not there',
      ...inWeb(http(to(['ghost', 1]))),
      'NotFoundException',
      'VirtualNode with name ghost was not found in Mesh shop.',
    ],
    [
      'a provider that is not there',
      '/virtualServices',
      { virtualServiceName: 's', spec: { provider: providedBy('ghost') } },
      'NotFoundException',
      'VirtualNode with name ghost was not found in Mesh shop.',
    ],
    [
      'a parent that is not there',
      '/virtualRouter/ghost/routes',
      { routeName: 'r', spec: http(to(['orders', 1])) },
      'NotFoundException',
      'VirtualRouter with name ghost was not found in Mesh shop.',
    ],
  ])('%s', async (_, path, body, type, message) => {
    await shop.expectRefused(path, body, message, type);
  });

  test('a delete of what is in use', async () => {
    const before = await shop.everything();
    for (const query of ['', 'dryRun=true']) {
      const answer = await shop.call({ method: 'DELETE', path: '/meshes/shop/virtualNodes/orders', query });
      expect([answer.status, answer.type]).toEqual([409, 'ResourceInUseException']);
    }
    expect(await shop.everything()).toBe(before);
  });

  test('a client token that stands for something else', async () => {
    await shop.create('', { meshName: 'once', clientToken: 'a-token' });
    const before = await shop.everything();

    const other = await shop.put('', { meshName: 'other', clientToken: 'a-token' }, 'dryRun=true');
    const same = await shop.put('', { meshName: 'once', clientToken: 'a-token' }, 'dryRun=true');

    expect(other.type).toBe('ConflictException');
    expect(same.body).toMatchObject({ dryRun: true, resource: { version: 1 }, proxies: [] });
    expect(await shop.everything()).toBe(before);
  });

  test('tags beyond fifty', async () => {
    const resourceArn = 'arn:aws:appmesh:us-east-1:000000000000:mesh/shop';
    const tags = Array.from({ length: 50 }, (_, i) => ({ key: `k${i}`, value: '' }));
    const tag = (body: object, query = '') =>
      shop.call({
        method: 'PUT',
        path: '/tag',
        query: `resourceArn=${encodeURIComponent(resourceArn)}${query}`,
        body: JSON.stringify(body),
      });
    await tag({ tags: [{ key: 'team', value: 'x' }] });

    expect((await tag({ tags }, '&dryRun=true')).type).toBe('TooManyTagsException');
    expect((await tag({ tags: tags.slice(1) }, '&dryRun=true')).body).toEqual({
      dryRun: true,
      resource: { arn: resourceArn, version: 1 },
      proxies: [],
    });
  });
});

describe('quotas', () => {
  const strict = (path: string, body: object, query = '') =>
    appMeshApi(checkedStore(table, STRICT_QUOTAS))({ method: 'PUT', path, body: JSON.stringify(body), query });

  test('of App Mesh are kept by a stack that says strict, by a rehearsal too', async () => {
    await strict('/meshes', { meshName: 'small' });
    const gateway = (i: number) => ({ virtualGatewayName: `g${i}`, spec: { listeners: [port(80)] } });
    for (const i of [1, 2, 3]) expect((await strict('/meshes/small/virtualGateways', gateway(i))).status).toBe(200);

    for (const query of ['', 'dryRun=true'])
      expect(await strict('/meshes/small/virtualGateways', gateway(4), query)).toMatchObject({
        status: 400,
        type: 'LimitExceededException',
        body: { message: expect.stringContaining('Mesh small may have 3 by the quota virtualGatewaysPerMesh') },
      });
  });

  test('bound the backends of one node', async () => {
    const backends = Array.from({ length: 51 }, (_, i) => ({ virtualService: { virtualServiceName: `s${i}` } }));

    const answer = await strict('/meshes/shop/virtualNodes', { virtualNodeName: 'hub', spec: { backends } });

    expect(answer).toMatchObject({ type: 'LimitExceededException' });
    expect(answer.body['message']).toContain('VirtualNode hub may have 50 by the quota backendsPerVirtualNode');
  });
});

test('a rehearsal tells what would change for whom, and stores nothing', async () => {
  const before = await shop.everything();
  const listeners = [port(8080)];

  const answer = await shop.put(
    '/virtualNodes',
    { virtualNodeName: 'new', spec: { ...found, listeners } },
    'dryRun=true',
  );

  const arn = 'arn:aws:appmesh:us-east-1:000000000000:mesh/shop/virtualNode/new';
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ dryRun: true, resource: { arn, version: 1 }, proxies: [{ arn }] });
  const [proxy] = answer.body['proxies'] as [Record<string, unknown>];
  expect(Object.keys(proxy).sort()).toEqual(['added', 'arn', 'changed', 'findings', 'removed']);
  expect(proxy['added']).toContainEqual({
    type: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
    name: 'cds_ingress_shop_new_http_8080',
  });
  expect(await shop.everything()).toBe(before);
});
