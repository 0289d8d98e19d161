import { afterAll, beforeAll, expect, test } from 'vitest';
import { listFindings } from '#aws/list-findings.ts';
import { listProxies } from '#aws/list-proxies.ts';
import { proxyStore } from '#aws/proxy-store.ts';
import { revisionStore } from '#aws/revision-store.ts';
import type { MeshStore } from '#mesh/api/ports.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { checkedStore, draftAt, idAt } from '../support/app-mesh-table.ts';
import { startTable, type TestTable } from '../support/dynamodb-table.ts';

let table: TestTable;
let store: MeshStore;
const { owner } = idAt('shop');
const home = { owner, region: 'eu-west-1' };
const arn = (path: string) => `arn:aws:appmesh:eu-west-1:${owner}:mesh/${path}`;
const findingsOf = (mesh: string) => listFindings({ client: table.client, name: table.table }, home, mesh);

const listeners = (port: number) => [{ portMapping: { port, protocol: 'http' } }];
const node = (port: number, ...backends: string[]) => ({
  listeners: listeners(port),
  serviceDiscovery: { dns: { hostname: 'x.local' } },
  backends: backends.map((virtualServiceName) => ({ virtualService: { virtualServiceName } })),
});

beforeAll(async () => {
  table = await startTable();
  store = checkedStore(table);
  await store.create(draftAt('shop'));
  await store.create(draftAt('shop/virtualNode/orders', node(8080)));
  await store.create(draftAt('shop/virtualRouter/orders', { listeners: listeners(80) }));
  const weightedTargets = [{ virtualNode: 'orders', weight: 1, port: 8080 }];
  const httpRoute = { match: { prefix: '/' }, action: { weightedTargets } };
  await store.create(draftAt('shop/virtualRouter/orders/route/main', { httpRoute }));
  const provider = { virtualRouter: { virtualRouterName: 'orders' } };
  await store.create(draftAt('shop/virtualService/orders.local', { provider }));
  for (const name of ['web', 'app']) await store.create(draftAt(`shop/virtualNode/${name}`, node(80, 'orders.local')));
});
afterAll(() => table?.close());

test('a mesh that acts as written has none, and there is none of a mesh that does not exist', async () => {
  expect(await findingsOf('shop')).toEqual([]);
  expect(await findingsOf('nowhere')).toBeUndefined();
});

test('a target that became bad by another write is told once, with its place and all whom it reaches', async () => {
  await store.update(draftAt('shop/virtualNode/orders', node(9090)));

  expect(await findingsOf('shop')).toContainEqual({
    kind: 'invalid',
    arn: arn('shop/virtualRouter/orders/route/main'),
    field: 'spec.httpRoute.action.weightedTargets[0]',
    reason: 'virtual node orders has no listener on port 8080',
    proxies: [arn('shop/virtualNode/app'), arn('shop/virtualNode/web')],
  });

  await store.update(draftAt('shop/virtualNode/orders', node(8080)));
  expect(await findingsOf('shop')).toEqual([]);
});

test('what the last push kept as it was is told, with those for whom it was kept', async () => {
  await store.update(draftAt('shop/virtualNode/orders', node(9090)));
  const proxy: ProxyId = { owner, mesh: 'shop', kind: 'vn', name: 'web' };
  const revisions = revisionStore({ client: table.client, name: table.table });
  await revisions.keepFindings(proxy, [], ['rds_egress_http_80/orders.local']);

  const fault = 'virtual node orders has no listener on port 8080';
  const found = (await findingsOf('shop'))?.filter(({ reason }) => reason.startsWith(fault));
  expect(found).toMatchObject([
    { reason: fault, proxies: [arn('shop/virtualNode/app')] },
    {
      reason: `${fault}; instead, the last good configuration stays until that is mended`,
      proxies: [arn('shop/virtualNode/web')],
    },
  ]);

  await store.update(draftAt('shop/virtualNode/orders', node(8080)));
  expect(await findingsOf('shop')).toEqual([]);
});

test('a backend whose service is not there yet is told', async () => {
  await store.create(draftAt('shop/virtualNode/early', node(80, 'later.local')));

  expect(await findingsOf('shop')).toEqual([
    {
      kind: 'invalid',
      arn: arn('shop/virtualNode/early'),
      field: 'spec.backends[0].virtualService.virtualServiceName',
      reason: 'virtual service later.local does not exist',
      proxies: [arn('shop/virtualNode/early')],
    },
  ]);
});

test('the list of proxies tells how many findings the last push of each one had', async () => {
  const items = { client: table.client, name: table.table };
  const proxy: ProxyId = { owner, mesh: 'shop', kind: 'vn', name: 'web' };
  const task = { task: 't1', proxy, deployment: 'ecs-svc/1', interception: 'explicit', cluster: 'c' } as const;
  const running = { ...task, lastStatus: 'RUNNING', desiredStatus: 'RUNNING', version: 1, startedAt: 1 };
  await proxyStore(items).recordTask(running, Date.now());
  const finding = { kind: 'degraded', arnPath: 'mesh/shop', path: 'spec', reason: 'r' } as const;
  await revisionStore(items).keepFindings(proxy, [finding, { ...finding, path: 'other' }], []);

  expect(await listProxies(items, owner, 'shop')).toMatchObject([{ name: 'web', task: 't1', findings: 2 }]);
});
