import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newResourceItem } from '#aws/mesh-store-item.ts';
import type { Resource } from '#mesh/model/resource.ts';
import { type Counted, checkedStore, countingClient, draftAt, idAt } from '../support/app-mesh-table.ts';
import { startTable, type TestTable } from '../support/dynamodb-table.ts';

let table: TestTable;
beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table?.close());

const listeners = [{ portMapping: { port: 8080, protocol: 'http' } }];
const node = { listeners, serviceDiscovery: { dns: { hostname: 'x.local' } } };
const routeTo = (...targets: string[]) => ({
  httpRoute: {
    match: { prefix: '/' },
    action: { weightedTargets: targets.map((virtualNode) => ({ virtualNode, weight: 1 })) },
  },
});
const backends = (...names: string[]) =>
  names.map((virtualServiceName) => ({ virtualService: { virtualServiceName } }));

/** One service behind a router with one route, in a mesh of `others` more services of the same shape. */
async function meshWith(mesh: string, others: number): Promise<void> {
  const store = checkedStore(table);
  await store.create(draftAt(mesh));
  for (const name of ['orders', ...Array.from({ length: others }, (_, i) => `other-${i}`)]) {
    await store.create(draftAt(`${mesh}/virtualNode/${name}`, node));
    await store.create(draftAt(`${mesh}/virtualRouter/${name}`, { listeners }));
    await store.create(draftAt(`${mesh}/virtualRouter/${name}/route/main`, routeTo(name)));
    const provider = { virtualRouter: { virtualRouterName: name } };
    await store.create(draftAt(`${mesh}/virtualService/${name}.local`, { provider }));
  }
  await store.create(draftAt(`${mesh}/virtualNode/web`, { ...node, backends: backends('orders.local') }));
}

/** What DynamoDB was asked by the update of one resource. */
async function requestsOf(path: string, spec: object): Promise<readonly Counted[]> {
  const { client, requests } = countingClient(table.client);
  await checkedStore({ client, table: table.table }).update(draftAt(path, spec));
  return requests;
}

describe('the way of a write up to its transaction', () => {
  beforeAll(async () => {
    await meshWith('small', 1);
    await meshWith('large', 25);
  });

  test('of a route is one batch read, one query of references and one transaction', async () => {
    const requests = await requestsOf('large/virtualRouter/orders/route/main', routeTo('orders', 'web'));

    expect(requests).toEqual([
      { command: 'BatchGetCommand', items: 5 },
      { command: 'QueryCommand', items: 1 },
      { command: 'TransactWriteCommand', items: 0 },
    ]);
  });

  test('of a TCP route asks for the routes beside it in place of the services', async () => {
    const store = checkedStore(table);
    const tcp = [{ portMapping: { port: 6379, protocol: 'tcp' } }];
    const route = { tcpRoute: { action: { weightedTargets: [{ virtualNode: 'cache', weight: 1 }] } } };
    await store.create(draftAt('small/virtualNode/cache', { ...node, listeners: tcp }));
    await store.create(draftAt('small/virtualRouter/cache', { listeners: tcp }));
    await store.create(draftAt('small/virtualRouter/cache/route/main', route));

    const requests = await requestsOf('small/virtualRouter/cache/route/main', { ...route, priority: 1 });

    expect(requests.map(({ command }) => command)).toEqual(['BatchGetCommand', 'QueryCommand', 'TransactWriteCommand']);
  });

  test.each([
    ['virtualRouter/orders/route/main', routeTo('orders')],
    ['virtualRouter/orders', { listeners }],
    ['virtualNode/orders', node],
    ['virtualNode/web', { ...node, backends: backends('orders.local', 'other-0.local') }],
    ['virtualService/orders.local', { provider: { virtualRouter: { virtualRouterName: 'orders' } } }],
  ])('of %s reads no more in a large mesh than in a small one', async (path, spec) => {
    expect(await requestsOf(`large/${path}`, spec)).toEqual(await requestsOf(`small/${path}`, spec));
  });

  test('of a route reads one item more for each target and for each service in front', async () => {
    const store = checkedStore(table);
    const provider = { virtualRouter: { virtualRouterName: 'other-1' } };
    for (const name of ['a', 'b', 'c']) await store.create(draftAt(`large/virtualService/${name}.local`, { provider }));
    const path = 'large/virtualRouter/other-1/route/main';

    const one = await requestsOf(path, routeTo('other-1'));
    const three = await requestsOf(path, routeTo('other-1', 'other-2', 'other-3'));

    expect(one.map(({ items }) => items)).toEqual([4, 4, 0]);
    expect(three.map(({ items }) => items)).toEqual([6, 4, 0]);
  });
});

test('a thousand nodes are listed in ten pages by ten queries, each of its own page', async () => {
  await checkedStore(table).create(draftAt('thousand'));
  const names = Array.from({ length: 1000 }, (_, i) => `node-${String(i).padStart(4, '0')}`);
  const items = names.map((name) => newResourceItem(resource(`thousand/virtualNode/${name}`), []));
  for (let at = 0; at < items.length; at += 25)
    await table.client.send(
      new BatchWriteCommand({
        RequestItems: { [table.table]: items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } })) },
      }),
    );
  const { client, requests } = countingClient(table.client);
  const store = checkedStore({ client, table: table.table });
  const { owner } = idAt('thousand');

  const seen: string[] = [];
  let nextToken: string | undefined;
  do {
    const query = { kind: 'virtualNode' as const, owner, mesh: 'thousand', limit: 100 };
    const page = await store.list(nextToken === undefined ? query : { ...query, nextToken });
    seen.push(...page.items.map(({ name }) => name));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);

  expect(seen).toEqual(names);
  expect(requests).toHaveLength(10);
  for (const { command, items: read } of requests) {
    expect(command).toBe('QueryCommand');
    expect(read).toBeLessThanOrEqual(101);
  }
});

const resource = (path: string): Resource => ({
  ...idAt(path),
  spec: node as Resource['spec'],
  uid: path,
  version: 1,
  createdAt: 0,
  lastUpdatedAt: 0,
});
