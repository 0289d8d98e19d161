import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { comparisonStore } from '#aws/comparison-store.ts';
import { declaredRoutes } from '#aws/declared-routes.ts';
import { serviceLock } from '#aws/service-lock.ts';
import type { MeshStore } from '#mesh/api/ports.ts';
import type { RouteSpec } from '#mesh/model/spec.gen.ts';
import { FenceLostError } from '#rollouts/ports.ts';
import type { DeclaredRoutes } from '#rollouts/route-shift.ts';
import { checkedStore, draftAt } from '../support/app-mesh-table.ts';
import { startTable, type TestTable } from '../support/dynamodb-table.ts';

const ROLLOUT = 'route-0123456789ab';
const LATER = 'route-ba9876543210';
const ROUTER = 'mesh/shop/virtualRouter/orders';

let table: TestTable;
let store: MeshStore;
let routes: DeclaredRoutes;
let fence: number;
beforeAll(async () => {
  table = await startTable();
  store = checkedStore(table);
  routes = declaredRoutes({ client: table.client, name: table.table }, store);
  const listener = { portMapping: { port: 80, protocol: 'http' } };
  await store.create(draftAt('shop'));
  for (const node of ['v1', 'v2'])
    await store.create(
      draftAt(`shop/virtualNode/${node}`, {
        listeners: [listener],
        serviceDiscovery: { dns: { hostname: 'h' } },
      }),
    );
  await store.create(draftAt('shop/virtualRouter/orders', { listeners: [listener] }));
  await store.create(draftAt('shop/virtualRouter/orders/route/main', weighted(100, 0)));
});
afterAll(() => table?.close());

const lock = () => serviceLock({ client: table.client, name: table.table });
const name = { owner: '000000000000', mesh: 'shop', virtualRouter: 'orders', route: 'main' };
const weighted = (v1: number, v2: number): RouteSpec => ({
  httpRoute: {
    match: { prefix: '/' },
    action: {
      weightedTargets: [
        { virtualNode: 'v1', weight: v1 },
        { virtualNode: 'v2', weight: v2 },
      ],
    },
  },
});

async function found() {
  const stored = await routes.get(name);
  if (stored === undefined) throw new Error('the route is not there');
  return stored;
}

describe('a rollout that writes a route', () => {
  beforeEach(async () => {
    const answer = await lock().acquire(ROUTER, { rollout: ROLLOUT, deployedAt: Date.now(), above: 0 });
    if (answer.kind !== 'acquired') throw new Error(`${answer.rollout} holds the router`);
    fence = answer.fence;
  });

  test('is named as its writer until anybody else writes', async () => {
    const { version } = await found();
    await routes.update(name, weighted(95, 5), { rollout: ROLLOUT, fence, version });
    expect(await found()).toEqual({ spec: weighted(95, 5), version: version + 1, writtenBy: ROLLOUT });

    await store.update(draftAt('shop/virtualRouter/orders/route/main', weighted(90, 10)));
    expect(await found()).toEqual({ spec: weighted(90, 10), version: version + 2 });
  });

  test('never writes over what it has not read', async () => {
    const { version } = await found();
    await store.update(draftAt('shop/virtualRouter/orders/route/main', weighted(80, 20)));
    const late = routes.update(name, weighted(50, 50), { rollout: ROLLOUT, fence, version });
    await expect(late).rejects.toBeInstanceOf(FenceLostError);
    expect(await found()).toEqual({ spec: weighted(80, 20), version: version + 1 });
  });

  test('writes nothing once another rollout holds the virtual router', async () => {
    const before = await found();
    await lock().acquire(ROUTER, { rollout: LATER, deployedAt: Date.now() + 1000, above: fence });
    const late = routes.update(name, weighted(0, 100), { rollout: ROLLOUT, fence, version: before.version });
    await expect(late).rejects.toBeInstanceOf(FenceLostError);
    expect(await found()).toEqual(before);
    await lock().release(ROUTER, LATER);
  });
});

test('a node is compared for one rollout at a time, which alone gives it free', async () => {
  const comparisons = comparisonStore({ client: table.client, name: table.table });
  const node = { owner: name.owner, mesh: 'shop', kind: 'vn', name: 'v2' } as const;
  const comparison = { stable: 'v1', rollout: ROLLOUT, shield: 'off', reportEveryMs: 1000 } as const;
  await comparisons.put(node, comparison);
  await comparisons.put(node, comparison);
  await expect(comparisons.put(node, { ...comparison, rollout: LATER })).rejects.toBeInstanceOf(FenceLostError);
  await comparisons.remove(node, LATER);
  await expect(comparisons.put(node, { ...comparison, rollout: LATER })).rejects.toBeInstanceOf(FenceLostError);
  await comparisons.remove(node, ROLLOUT);
  await comparisons.put(node, { ...comparison, rollout: LATER });
});
