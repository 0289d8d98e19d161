import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MeshStore } from '#mesh/api/ports.ts';
import { checkedStore, draftAt, idAt } from '../support/app-mesh-table.ts';
import { startTable, type TestTable } from '../support/dynamodb-table.ts';

let table: TestTable;
let store: MeshStore;
beforeAll(async () => {
  table = await startTable();
  store = checkedStore(table);
  await store.create(draftAt('shop'));
  for (const name of ['orders', 'spare']) await store.create(draftAt(`shop/virtualNode/${name}`, node));
  await store.create(draftAt('shop/virtualRouter/orders', { listeners: node.listeners }));
  await store.create(draftAt(ROUTE, routeTo(['orders', 1])));
  const provider = { virtualRouter: { virtualRouterName: 'orders' } };
  await store.create(draftAt('shop/virtualService/orders.local', { provider }));
  await store.create(draftAt('shop/virtualNode/web', { ...node, backends }));
});
afterAll(() => table?.close());

const ROUTE = 'shop/virtualRouter/orders/route/main';
const node = {
  listeners: [{ portMapping: { port: 8080, protocol: 'http' } }],
  serviceDiscovery: { dns: { hostname: 'x.local' } },
};
const backends = [{ virtualService: { virtualServiceName: 'orders.local' } }];
const routeTo = (...targets: (readonly [string, number])[]) => ({
  httpRoute: {
    match: { prefix: '/' },
    action: { weightedTargets: targets.map(([virtualNode, weight]) => ({ virtualNode, weight })) },
  },
});
const cluster = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const virtualHost = 'type.googleapis.com/envoy.config.route.v3.VirtualHost';
const web = idAt('shop/virtualNode/web');

test('a new target is one more cluster and one changed virtual host, for the clients of the service alone', async () => {
  const draft = draftAt(ROUTE, routeTo(['orders', 9], ['spare', 1]));

  const { resource, proxies } = await store.rehearse({ verb: 'update', draft });

  expect(resource.version).toBe(2);
  expect(proxies).toEqual([
    {
      proxy: web,
      added: [{ type: cluster, name: 'cds_egress_shop_spare_http_8080' }],
      changed: [{ type: virtualHost, name: expect.stringContaining('orders.local') }],
      removed: [],
      findings: { added: [], cleared: [] },
    },
  ]);
  expect(await store.describe(idAt(ROUTE))).toMatchObject({ version: 1, spec: routeTo(['orders', 1]) });
});

test('a write that changes no proxy says so', async () => {
  expect(await store.rehearse({ verb: 'update', draft: draftAt(ROUTE, routeTo(['orders', 1])) })).toMatchObject({
    proxies: [],
  });
});

test('a deleted route leaves its cluster, and a finding where its service has nothing left', async () => {
  const { resource, proxies } = await store.rehearse({ verb: 'delete', id: idAt(ROUTE) });

  expect(resource.version).toBe(2);
  expect(proxies).toMatchObject([
    { proxy: web, removed: [{ type: cluster, name: 'cds_egress_shop_orders_http_8080' }] },
  ]);
  expect(await store.describe(idAt(ROUTE))).toMatchObject({ version: 1 });
});

test('a node that is to be deleted, or made, has all of its resources removed or added', async () => {
  const gone = await store.rehearse({ verb: 'delete', id: web });
  const made = await store.rehearse({ verb: 'create', draft: draftAt('shop/virtualNode/new', node) });

  expect(gone.proxies).toMatchObject([{ proxy: web, added: [], changed: [] }]);
  expect(gone.proxies[0]?.removed.length).toBeGreaterThan(3);
  expect(made.proxies).toMatchObject([{ proxy: idAt('shop/virtualNode/new'), changed: [], removed: [] }]);
  expect(made.proxies[0]?.added.length).toBeGreaterThan(2);
});

test('what the write makes worse elsewhere, and what it makes good again, is told with its place', async () => {
  const other = { ...node, listeners: [{ portMapping: { port: 9090, protocol: 'http' } }] };
  await store.update(
    draftAt(ROUTE, {
      httpRoute: {
        match: { prefix: '/' },
        action: { weightedTargets: [{ virtualNode: 'orders', weight: 1, port: 8080 }] },
      },
    }),
  );

  const worse = await store.rehearse({ verb: 'update', draft: draftAt('shop/virtualNode/orders', other) });
  await store.update(draftAt('shop/virtualNode/orders', other));
  const better = await store.rehearse({ verb: 'update', draft: draftAt('shop/virtualNode/orders', node) });

  const fault = {
    kind: 'invalid',
    arnPath: `mesh/${ROUTE}`,
    path: 'spec.httpRoute.action.weightedTargets[0]',
    reason: 'virtual node orders has no listener on port 8080',
  };
  const ofWeb = (proxies: (typeof worse)['proxies']) => proxies.find(({ proxy }) => proxy.name === 'web')?.findings;
  const instead = '; instead, the last good configuration stays until that is mended';
  expect(ofWeb(worse.proxies)?.added).toContainEqual({ ...fault, reason: `${fault.reason}${instead}` });
  expect(worse.proxies.find(({ proxy }) => proxy.name === 'web')).toMatchObject({
    added: [],
    changed: [],
    removed: [],
  });
  expect(ofWeb(worse.proxies)?.cleared).toEqual([]);
  expect(ofWeb(better.proxies)?.cleared).toContainEqual(fault);
});
