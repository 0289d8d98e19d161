import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type App, EnvoyLab, startApp } from '../../support/envoy-lab.ts';
import { loopbackNetwork } from '../../support/loopback.ts';

const ip = loopbackNetwork();
const STABLE = ip(2);
const CANARY = ip(3);
const CANARY_CLUSTER = 'cds_egress_shop_orders_http_8080_canary';

/** `front` calls `orders.local`, split between two applications; `policy` is put into the one route. */
const mesh = (basisPoints: number, policy = '') => `
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualNode/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/main: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: orders, weight: 1 }] } ${policy} } }
endpoints:
  orders:
    - { task: a, deployment: d1, address: ${STABLE}, interception: explicit }
    - { task: b, deployment: d2, address: ${CANARY}, interception: explicit }
splits:
  orders: { stable: [d1], canary: { deployment: d2, basisPoints: ${basisPoints}, shield: safe-methods, rollout: r, reportEveryMs: 1000 } }`;

let lab: EnvoyLab;
let stable: App;
let canary: App;

beforeAll(async () => {
  [stable, canary] = await Promise.all([startApp(STABLE), startApp(CANARY)]);
  lab = await EnvoyLab.start(ip(1), mesh(5000), 'virtualNode/front');
  await vi.waitFor(async () => expect(await lab.send()).toBe(200), { timeout: 10_000, interval: 10 });
});

afterAll(() => {
  lab?.stop();
  for (const app of [stable, canary]) app?.server.close();
});

beforeEach(async () => {
  expect(await lab.apply(mesh(5000), 'virtualNode/front')).toEqual([]);
  forget();
  [stable.status, canary.status] = [200, 200];
});

function forget(): void {
  for (const app of [stable, canary]) app.seen.length = 0;
}

describe('with half of the requests on the canary, the shield', () => {
  test.each(['GET', 'HEAD', 'OPTIONS'])('hides every failed %s of a broken canary from the client', async (method) => {
    canary.status = 500;

    expect(await lab.sendMany({ method })).toEqual({ 200: 300 });

    expect(canary.seen.length).toBeGreaterThan(75);
  });

  test('leaves every hidden failure in the counters of the canary’s own cluster', async () => {
    const before = await counters();
    canary.status = 500;

    expect(await lab.sendMany({})).toEqual({ 200: 300 });

    expect(canary.seen.length).toBeGreaterThan(75);
    const { total, error } = await counters();
    expect(total - before.total).toBe(canary.seen.length);
    expect(error - before.error).toBe(canary.seen.length);
  });

  test('never sends a POST twice that an application may have seen', async () => {
    canary.status = 500;

    const statuses = await lab.sendMany({ method: 'POST' });

    expect(statuses).toEqual({ 200: stable.seen.length, 500: canary.seen.length });
    expect(stable.seen.length + canary.seen.length).toBe(300);
  });

  test.each(['GET', 'POST'])('sends a %s to stable that never reached the canary', async (method) => {
    await new Promise((resolve) => canary.server.close(resolve).closeAllConnections());

    expect(await lab.sendMany({ method })).toEqual({ 200: 300 });

    canary = await startApp(CANARY);
  });

  test('does not make stable’s own failures retriable', async () => {
    expect(await lab.apply(mesh(0), 'virtualNode/front')).toEqual([]);
    stable.status = 500;

    expect(await lab.sendMany({}, 50)).toEqual({ 500: 50 });

    expect(stable.seen.length).toBe(50);
  });

  test('works on a route whose own retries are switched off, and leaves them off for other methods', async () => {
    const policy =
      ', retryPolicy: { maxRetries: 0, perRetryTimeout: { unit: s, value: 1 }, httpRetryEvents: [server-error] }';
    expect(await lab.apply(mesh(5000, policy), 'virtualNode/front')).toEqual([]);
    canary.status = 500;

    expect(await lab.sendMany({})).toEqual({ 200: 300 });
    forget();
    expect(await lab.sendMany({ method: 'POST' })).toEqual({ 200: stable.seen.length, 500: canary.seen.length });

    expect(stable.seen.length + canary.seen.length).toBe(300);
  });

  test('tells no application how it works', async () => {
    await lab.sendMany({}, 20);

    const headers = [...stable.seen, ...canary.seen].flatMap((incoming) => Object.keys(incoming.headers));
    expect(headers).toContain('x-request-id');
    expect(headers).not.toContain('x-envoy-retry-on');
    expect(headers).not.toContain('x-envoy-max-retries');
  });
});

test('a weight change is one virtual host on the wire, and what Envoy does', async () => {
  await lab.apply(mesh(0), 'virtualNode/front');
  lab.takeSent();

  expect(await lab.apply(mesh(10_000), 'virtualNode/front')).toEqual([]);

  expect(lab.takeSent()).toEqual([['VirtualHost/rds_egress_http_15001/orders.local', 1]]);
  await lab.sendMany({ method: 'POST' }, 50);
  expect(canary.seen.length).toBe(50);
  await lab.apply(mesh(0), 'virtualNode/front');
  await lab.sendMany({ method: 'POST' }, 50);
  expect(stable.seen.length).toBe(50);
});

async function counters(): Promise<{ total: number; error: number }> {
  return { total: await lab.counter(CANARY_CLUSTER, 'rq_total'), error: await lab.counter(CANARY_CLUSTER, 'rq_error') };
}
