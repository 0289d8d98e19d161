import { beforeEach, describe, expect, test } from 'vitest';
import type { TaskItem } from '#aws/proxy-items.ts';
import { compile } from '#mesh/compile-proxy.ts';
import { readVirtualHost } from '#mesh/envoy/read-virtual-host.ts';
import { keptFindings } from '#mesh/kept-findings.ts';
import { arnPath } from '#mesh/model/arn.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Resource } from '#mesh/model/resource.ts';
import type { Split } from '#mesh/model/split.ts';
import { meshView, proxyId } from '../support/mesh-view.ts';
import { PushWorld } from '../support/push-world.ts';

const HOST = 'type.googleapis.com/envoy.config.route.v3.VirtualHost';
const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const ENDPOINTS = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
const ORDERS = 'cds_egress_shop_orders_http_8080';

const shop = meshView(`
resources:
  virtualNode/web: { backends: [{ virtualService: { virtualServiceName: orders.local } }, { virtualService: { virtualServiceName: users.local } }] }
  virtualNode/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualNode/spare: { listeners: [{ portMapping: { port: 8080, protocol: http } }], serviceDiscovery: { dns: { hostname: spare.local } } }
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualService/users.local: { provider: { virtualRouter: { virtualRouterName: users } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 80, protocol: http } }] }
  virtualRouter/users: { listeners: [{ portMapping: { port: 80, protocol: http } }] }
  virtualRouter/orders/route/main: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: orders, weight: 9, port: 8080 }, { virtualNode: spare, weight: 1 }] } } }
  virtualRouter/users/route/main: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: spare, weight: 1 }] } } }
  virtualGateway/edge: { listeners: [{ portMapping: { port: 8088, protocol: http } }] }
  virtualGateway/edge/gatewayRoute/orders: { httpRoute: { match: { prefix: /orders/ }, action: { target: { virtualService: { virtualServiceName: orders.local } } } } }`);
const web = proxyId(shop, 'virtualNode/web');

let world: PushWorld;
beforeEach(() => {
  world = new PushWorld();
  world.resources = shop.resources;
  run('t1', 't2');
});

/** The ready tasks of orders, each at an address of its own; the ninth is of a newer deployment. */
function run(...tasks: readonly string[]) {
  const orders = proxyId(shop, 'virtualNode/orders');
  const items = tasks.map((task): TaskItem => {
    const deployment = task === 't9' ? 'd2' : 'd1';
    const common = { task, proxy: orders, deployment, interception: 'transparent', cluster: 'c' } as const;
    const status = { lastStatus: 'RUNNING', desiredStatus: 'RUNNING', version: 1, startedAt: 1 };
    return { ...common, ...status, address: `10.0.0.${task.slice(1)}` };
  });
  const said = { appliedRev: 0, hash: '', ready: true, at: 1, agent: '', envoy: '' };
  const sidecars = new Map(tasks.map((task) => [task, { ...said, task }]));
  const { split = { stable: ['d1'] } } = world.running.get('orders') ?? {};
  world.running.set('orders', { tasks: items, sidecars, split });
}

function divide(split: Split) {
  const items = world.running.get('orders');
  if (items !== undefined) world.running.set('orders', { ...items, split });
}

/** Another writer's update or, without a spec, delete. */
function write(path: string, spec?: object) {
  const isIt = (resource: Resource) => arnPath(resource) === `mesh/shop/${path}`;
  const written = (world.resources ?? []).map((resource) =>
    isIt(resource) ? ({ ...resource, spec, version: resource.version + 1 } as Resource) : resource,
  );
  world.resources = spec === undefined ? written.filter((resource) => !isIt(resource)) : written;
}

const listensOn = (port: number) =>
  write('virtualNode/orders', { listeners: [{ portMapping: { port, protocol: 'http' } }] });
const routeTo = (router: string, weightedTargets: readonly object[]) =>
  write(`virtualRouter/${router}/route/main`, { httpRoute: { match: { prefix: '/' }, action: { weightedTargets } } });

async function pushed(proxy: ProxyId = web) {
  await world.publisher().push([proxy]);
  return world.stored(proxy)?.snapshot.resources ?? {};
}

const hostOf = (service: string) => `rds_egress_http_80/${service}`;

/** What would be sent if nothing was ever kept. */
const compiled = async () => {
  const fresh = new PushWorld();
  fresh.resources = world.resources;
  for (const [name, items] of world.running) fresh.running.set(name, items);
  await fresh.publisher().push([web]);
  return fresh.stored(web)?.snapshot.resources;
};

describe('a target that another writer made unreachable', () => {
  test('leaves the virtual host, and the clusters it needs, as they were until it is mended', async () => {
    const good = await pushed();
    listensOn(9090);
    const kept = await pushed();
    const seen = world.revision(web);
    listensOn(8080);
    const mended = await pushed();

    expect(kept).toEqual(good);
    expect(await compiled()).toEqual(mended);
    expect(mended).toEqual(good);
    expect(seen.kept).toEqual([hostOf('orders.local')]);
    expect(seen.findings).toContainEqual(
      expect.objectContaining({ kind: 'invalid', arnPath: 'mesh/shop/virtualRouter/orders/route/main' }),
    );
    expect(world.revision(web)).toMatchObject({ kept: [], findings: [] });
  });

  test('holds up nothing else: other hosts change', async () => {
    await pushed();
    listensOn(9090);
    await pushed();
    routeTo('users', [
      { virtualNode: 'spare', weight: 7 },
      { virtualNode: 'web', weight: 0 },
    ]);
    const now = await pushed();

    const fresh = await compiled();
    expect(now[HOST]?.[hostOf('users.local')]).toEqual(fresh?.[HOST]?.[hostOf('users.local')]);
    expect(now[HOST]?.[hostOf('orders.local')]).not.toEqual(fresh?.[HOST]?.[hostOf('orders.local')]);
  });

  test('is not sent to where its tasks no longer are, and is given up with the last of them', async () => {
    await pushed();
    listensOn(9090);
    const both = await pushed();
    run('t2');
    const one = await pushed();
    run('t3');
    const none = await pushed();

    const [before = '', after = ''] = [both, one].map((of) =>
      Buffer.from(of[ENDPOINTS]?.[ORDERS]?.body ?? '', 'base64').toString('latin1'),
    );
    expect([before.includes('10.0.0.1'), before.includes('10.0.0.2')]).toEqual([true, true]);
    expect([after.includes('10.0.0.1'), after.includes('10.0.0.2')]).toEqual([false, true]);
    expect(none).toEqual(await compiled());
    expect(world.revision(web).kept).toEqual([]);
  });

  test('is kept in a gateway as well', async () => {
    const edge = proxyId(shop, 'virtualGateway/edge');
    const good = await pushed(edge);
    listensOn(9090);

    expect(await pushed(edge)).toEqual(good);
    expect(world.revision(edge).kept).toEqual(['rds_ingress_http_8088/*']);
  });

  test('has not drifted while it is kept', async () => {
    await pushed();
    listensOn(9090);
    await pushed();

    expect(await world.publisher().drifted([web])).toEqual([]);
  });
});

describe('a faulty virtual host goes as compiled', () => {
  test('when it never was good', async () => {
    listensOn(9090);
    await pushed();
    routeTo('orders', [
      { virtualNode: 'orders', weight: 1, port: 8080 },
      { virtualNode: 'spare', weight: 4 },
    ]);

    expect(await pushed()).toEqual(await compiled());
  });

  test('when its own route is written: weights that somebody asks for are applied', async () => {
    await pushed();
    listensOn(9090);
    await pushed();
    routeTo('orders', [
      { virtualNode: 'orders', weight: 0, port: 8080 },
      { virtualNode: 'spare', weight: 1 },
    ]);
    const now = await pushed();

    expect(now).toEqual(await compiled());
    expect(readVirtualHost(now[HOST]?.[hostOf('orders.local')]?.body ?? '').clusters).not.toContain(ORDERS);
    expect(world.revision(web).kept).toEqual([]);
  });

  test('when a rollout weighs its targets', async () => {
    const canary = { deployment: 'd2', basisPoints: 500, shield: 'off', rollout: 'r', reportEveryMs: 1000 } as const;
    run('t1', 't9');
    divide({ stable: ['d1'], canary });
    await pushed();
    listensOn(9090);

    expect(await pushed()).toEqual(await compiled());
  });

  test('when its service is deleted, or its backend taken out', async () => {
    await pushed();
    listensOn(9090);
    await pushed();
    write('virtualService/orders.local');
    const deleted = await pushed();

    expect(deleted[HOST]?.[hostOf('orders.local')]).toBeUndefined();
    expect(deleted[CLUSTER]?.[ORDERS]).toBeUndefined();
  });
});

test('a finding says where the last good configuration stays', () => {
  const resources = shop.resources.map((resource) =>
    resource.name === 'orders' && resource.kind === 'virtualNode' ? ({ ...resource, spec: {} } as Resource) : resource,
  );
  const { findings, origins } = compile({ ...shop, resources }, web, { interception: 'transparent' });
  const reasons = (kept: readonly string[]) => keptFindings(findings, origins, kept).map(({ reason }) => reason);

  const fault = 'virtual node orders has no listener: it cannot receive traffic';
  expect(reasons([])).toContain(fault);
  expect(reasons([hostOf('orders.local')])).toContain(
    `${fault}; instead, the last good configuration stays until that is mended`,
  );
});
