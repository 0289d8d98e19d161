import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type App, EnvoyLab, startApp, type Target } from '../../support/envoy-lab.ts';
import { labResources } from '../../support/lab-resources.ts';
import { loopbackNetwork } from '../../support/loopback.ts';

const ip = loopbackNetwork();
const ENVOY = ip(1);
const ORDERS = ip(2);
const VIRTUAL_HOST = 'type.googleapis.com/envoy.config.route.v3.VirtualHost';

/** `front` calls `backend`; `edge` leads /shop to orders, on 8088 and more ports. */
const mesh = ({ backend = 'orders.local', morePorts = '' } = {}) => `
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: ${backend} } }] }
  virtualNode/alone: {}
  virtualGateway/edge: { listeners: [{ portMapping: { port: 8088, protocol: http } }${morePorts}] }
  virtualGateway/edge/gatewayRoute/shop: { httpRoute: { match: { prefix: /shop }, action: { target: { virtualService: { virtualServiceName: orders.local } } } } }
  virtualNode/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualService/other.local: { provider: { virtualNode: { virtualNodeName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/main: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: orders, weight: 1 }] } } }
endpoints: { orders: [{ task: a, deployment: d1, address: ${ORDERS}, interception: explicit }] }
splits: { orders: { stable: [d1] } }`;

let lab: EnvoyLab;
let orders: App;

/** Waits until Envoy has what it needs to answer a request with 200. */
const answers = (target: Target = {}, by = lab) =>
  vi.waitFor(async () => expect(await by.send(target)).toBe(200), { timeout: 10_000, interval: 10 });

beforeAll(async () => {
  orders = await startApp(ORDERS);
  lab = await EnvoyLab.start(ENVOY, mesh(), 'virtualNode/front');
  await answers();
});

afterAll(() => {
  lab?.stop();
  orders?.server.close();
});

beforeEach(async () => {
  expect(await lab.apply(mesh(), 'virtualNode/front')).toEqual([]);
  await answers();
  orders.seen.length = 0;
});

describe('virtual hosts', () => {
  test('nobody declared are 404 at once', async () => {
    const started = performance.now();

    expect(await lab.send({ host: 'nobody.local' })).toBe(404);

    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('come and go with the declared backends', async () => {
    await lab.apply(mesh({ backend: 'other.local' }), 'virtualNode/front');
    expect(await lab.send({ host: 'other.local' })).toBe(200);
    expect(await lab.send({ host: 'orders.local' })).toBe(404);

    await lab.apply(mesh(), 'virtualNode/front');

    expect(await lab.send({ host: 'other.local' })).toBe(404);
    expect(await lab.send({ host: 'orders.local:8080' })).toBe(200);
  });

  test('that name a cluster that is not there are refused with the reason, and the last good ones go on', async () => {
    const good = labResources(ENVOY, mesh(), 'virtualNode/front');
    const [name = '', host] = Object.entries(good[VIRTUAL_HOST] ?? {})[0] ?? [];
    const bytes = Buffer.from(host?.body ?? '', 'base64').toString('latin1');
    const ghost = bytes.replaceAll('cds_egress_shop_orders', 'cds_egress_shop_ghosts');
    const body = Buffer.from(ghost, 'latin1').toString('base64');

    const refusals = await lab.push({ ...good, [VIRTUAL_HOST]: { [name]: { version: 'ghost', body } } });

    const text = expect.stringContaining("unknown weighted cluster 'cds_egress_shop_ghosts");
    expect(refusals).toEqual([{ type: VIRTUAL_HOST, text }]);
    expect(await lab.send()).toBe(200);
  });
});

describe('a virtual node', () => {
  test('whose application uses the sidecar as a proxy names the service in the request line', async () => {
    expect(await lab.send({ path: 'http://orders.local:8080/by/proxy', host: 'ignored' })).toBe(200);

    expect(orders.seen.map(({ url }) => url)).toEqual(['/by/proxy']);
  });

  test('hands what comes in to its own application, whatever the host, with the path normalized', async () => {
    const app = createServer((incoming, response) => response.writeHead(incoming.url === '/ok' ? 200 : 418).end());
    await new Promise<void>((resolve) => app.listen(0, ENVOY, resolve));
    const { port } = app.address() as AddressInfo;
    const own = `resources: { virtualNode/own: { listeners: [{ portMapping: { port: ${port}, protocol: http } }] } }`;

    expect(await lab.apply(own, 'virtualNode/own')).toEqual([]);

    await answers({ method: 'POST', port: 15100, path: '//ok', host: 'anything' });
    expect(await lab.send({ port: 15100, path: '/tea' })).toBe(418);
    app.close();
  });

  test('without backends is ready at once, and calls its first backend when it gets one', async () => {
    const started = performance.now();
    const second = await EnvoyLab.start(ip(3), mesh(), 'virtualNode/alone');
    // Envoy waits 5 s for a table of virtual hosts that is announced and empty.
    expect(performance.now() - started).toBeLessThan(4000);

    expect(await second.apply(mesh(), 'virtualNode/front')).toEqual([]);
    await answers({}, second);
    expect(await second.apply(mesh(), 'virtualNode/alone')).toEqual([]);
    expect(await second.send()).toBe(404);
    second.stop();
  });
});

describe('a virtual gateway', () => {
  test('sends straight to the target, with prefix and host rewritten', async () => {
    expect(await lab.apply(mesh(), 'virtualGateway/edge')).toEqual([]);
    await answers({ port: 8088, path: '/shop' });
    orders.seen.length = 0;

    expect(await lab.send({ port: 8088, host: 'shop.example.com:8088', path: '/shop/cart?a=b' })).toBe(200);

    expect(orders.seen.map(({ url, headers }) => `${headers.host} ${url}`)).toEqual(['orders.local /cart?a=b']);
    expect(await lab.send({ port: 8088, path: '/elsewhere' })).toBe(404);
  });

  test('serves a port it is given later at once, while the first goes on', async () => {
    const second = mesh({ morePorts: ', { portMapping: { port: 8089, protocol: http } }' });
    await lab.apply(mesh(), 'virtualGateway/edge');
    await answers({ port: 8088, path: '/shop' });

    expect(await lab.apply(second, 'virtualGateway/edge')).toEqual([]);

    await answers({ port: 8089, path: '/shop' });
    expect(await lab.send({ port: 8088, path: '/shop' })).toBe(200);
  });
});
