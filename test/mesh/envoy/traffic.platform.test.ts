import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { compile } from '#mesh/compile-proxy.ts';
import type { WireResources } from '#mesh/wire/snapshot.ts';
import { type AdsServer, startAdsServer } from '../../support/ads-server.ts';
import { bindTo } from '../../support/bind-to.ts';
import { type RunningEnvoy, startEnvoy } from '../../support/envoy.ts';
import { loopbackNetwork } from '../../support/loopback.ts';
import { meshView, proxyId } from '../../support/mesh-view.ts';

const ip = loopbackNetwork();
const ENVOY = ip(1);
const STABLE = ip(2);
const CANARY = ip(3);

/** An application that answers with whatever status it is told to, and remembers what it was asked. */
interface App {
  status: number;
  readonly seen: IncomingMessage[];
  readonly server: Server;
}

async function startApp(address: string): Promise<App> {
  const seen: IncomingMessage[] = [];
  const server = createServer((incoming, response) => {
    seen.push(incoming);
    response.writeHead(app.status).end();
  });
  const app: App = { status: 200, seen, server };
  await new Promise<void>((resolve) => server.listen(15100, address, resolve));
  return app;
}

interface Setup {
  readonly basisPoints?: number;
  readonly policy?: string;
  readonly backends?: string;
  readonly morePorts?: string;
}

/** What Envoy gets as `front` (or `edge`), with `orders.local` split between the two applications. */
function resources(
  proxy: string,
  { basisPoints = 5000, policy = '', backends = 'orders.local', morePorts = '' }: Setup = {},
) {
  const view = meshView(`
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: ${backends} } }] }
  virtualGateway/edge: { listeners: [{ portMapping: { port: 8088, protocol: http } }${morePorts}] }
  virtualGateway/edge/gatewayRoute/shop: { httpRoute: { match: { prefix: /shop }, action: { target: { virtualService: { virtualServiceName: orders.local } } } } }
  virtualNode/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualService/other.local: { provider: { virtualNode: { virtualNodeName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/main: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: orders, weight: 1 }] } ${policy} } }
endpoints:
  orders:
    - { task: a, deployment: d1, address: ${STABLE}, interception: explicit }
    - { task: b, deployment: d2, address: ${CANARY}, interception: explicit }
splits:
  orders: { stable: [d1], canary: { deployment: d2, basisPoints: ${basisPoints}, shield: safe-methods, rollout: r, reportEveryMs: 1000 } }`);
  return bindTo(ENVOY, compile(view, proxyId(view, proxy), { interception: 'explicit' }).resources);
}

let ads: AdsServer;
let envoy: RunningEnvoy;
let stable: App;
let canary: App;
const agent = new Agent({ keepAlive: true });

interface Target {
  readonly address?: string;
  readonly host?: string;
  readonly path?: string;
  readonly port?: number;
}

async function send(method = 'GET', options: Target = {}): Promise<number> {
  const { address = ENVOY, host = 'orders.local', path = '/', port = 15001 } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: address, port, method, path, headers: { host }, agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.on('error', reject).end();
  });
}

/** Statuses of many requests, by how often each came back. */
async function sendMany(method: string, count = 300): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {};
  for (let i = 0; i < count; i++) {
    const status = await send(method);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  return statuses;
}

/** One counter of one cluster, summed over its hosts: what the agent reports. */
async function counter(cluster: string, name: string): Promise<number> {
  const lines = (await envoy.admin('/clusters')).split('\n').filter((line) => line.startsWith(`${cluster}::`));
  return lines.reduce((sum, line) => sum + (line.includes(`::${name}::`) ? Number(line.split('::').at(-1)) : 0), 0);
}

/** Waits until Envoy has what it needs to answer a call with 200. */
const answers = (call: () => Promise<number>) =>
  vi.waitFor(async () => expect(await call()).toBe(200), { timeout: 10_000, interval: 10 });

beforeAll(async () => {
  [stable, canary, ads] = await Promise.all([startApp(STABLE), startApp(CANARY), startAdsServer()]);
  await ads.set(resources('virtualNode/front'));
  envoy = await startEnvoy(ENVOY, ads.port);
  await answers(() => send());
});

afterAll(() => {
  envoy?.stop();
  agent.destroy();
  for (const app of [stable, canary]) app?.server.close();
  ads?.close();
});

beforeEach(() => {
  for (const app of [stable, canary]) {
    app.status = 200;
    app.seen.length = 0;
  }
});

const push = async (next: WireResources) => expect(await ads.set(next)).toEqual([]);

describe('the canary shield', () => {
  test.each(['GET', 'HEAD', 'OPTIONS'])('hides every failed %s of a broken canary from the client', async (method) => {
    canary.status = 500;

    expect(await sendMany(method)).toEqual({ 200: 300 });

    expect(canary.seen.length).toBeGreaterThan(75);
  });

  test('leaves every hidden failure in the counters of the canary’s own cluster', async () => {
    const cluster = 'cds_egress_shop_orders_http_8080_canary';
    const before = { total: await counter(cluster, 'rq_total'), error: await counter(cluster, 'rq_error') };
    canary.status = 500;

    expect(await sendMany('GET')).toEqual({ 200: 300 });

    expect(canary.seen.length).toBeGreaterThan(75);
    expect(await counter(cluster, 'rq_total')).toBe(before.total + canary.seen.length);
    expect(await counter(cluster, 'rq_error')).toBe(before.error + canary.seen.length);
  });

  test('never sends a POST twice that an application may have seen', async () => {
    canary.status = 500;

    const statuses = await sendMany('POST');

    expect(statuses).toEqual({ 200: stable.seen.length, 500: canary.seen.length });
    expect(stable.seen.length + canary.seen.length).toBe(300);
  });

  test('does not make stable’s own failures retriable', async () => {
    await push(resources('virtualNode/front', { basisPoints: 0 }));
    stable.status = 500;

    expect(await sendMany('GET', 50)).toEqual({ 500: 50 });

    expect(stable.seen.length).toBe(50);
  });

  test('works on a route whose own retries are switched off, and leaves them off elsewhere', async () => {
    const policy =
      ', retryPolicy: { maxRetries: 0, perRetryTimeout: { unit: s, value: 1 }, httpRetryEvents: [server-error] }';
    await push(resources('virtualNode/front', { policy }));
    canary.status = 500;

    expect(await sendMany('GET')).toEqual({ 200: 300 });
    for (const app of [stable, canary]) app.seen.length = 0;
    expect(await sendMany('POST')).toEqual({ 200: stable.seen.length, 500: canary.seen.length });

    expect(stable.seen.length + canary.seen.length).toBe(300);
  });

  test('tells no application how it works', async () => {
    await sendMany('GET', 20);
    const headers = [...stable.seen, ...canary.seen].flatMap((incoming) => Object.keys(incoming.headers));
    expect(headers).not.toContain('x-envoy-retry-on');
    expect(headers).not.toContain('x-envoy-max-retries');
  });
});

describe('a weight change', () => {
  test('is one virtual host on the wire, and what Envoy does', async () => {
    await push(resources('virtualNode/front', { basisPoints: 0 }));
    ads.sent.clear();

    await push(resources('virtualNode/front', { basisPoints: 10_000 }));

    expect([...ads.sent]).toEqual([['VirtualHost/rds_egress_http_15001/orders.local', 1]]);
    await sendMany('POST', 50);
    expect(canary.seen.length).toBe(50);
    await push(resources('virtualNode/front', { basisPoints: 0 }));
    await sendMany('POST', 50);
    expect(stable.seen.length).toBe(50);
  });
});

describe('virtual hosts on demand', () => {
  test('answer 404 at once for a host nobody declared', async () => {
    const started = performance.now();
    expect(await send('GET', { host: 'nobody.local' })).toBe(404);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('come and go with the declared backends', async () => {
    await push(resources('virtualNode/front', { backends: 'other.local' }));
    expect(await send('GET', { host: 'other.local' })).toBe(200);
    expect(await send('GET', { host: 'orders.local' })).toBe(404);
    await push(resources('virtualNode/front'));
    expect(await send('GET', { host: 'other.local' })).toBe(404);
    expect(await send('GET', { host: 'orders.local:8080' })).toBe(200);
  });

  test('are refused, with the reason, when they name a cluster that is not there, and the last good ones go on', async () => {
    const type = 'type.googleapis.com/envoy.config.route.v3.VirtualHost';
    const good = resources('virtualNode/front');
    const [name, host] = Object.entries(good[type] ?? {})[0] ?? ['', { version: '', body: '' }];
    const ghost = Buffer.from(host.body, 'base64')
      .toString('latin1')
      .replaceAll('cds_egress_shop_orders', 'cds_egress_shop_ghosts');
    const body = Buffer.from(ghost, 'latin1').toString('base64');

    const refusals = await ads.set({ ...good, [type]: { [name]: { version: 'ghost', body } } });

    expect(refusals).toEqual([
      { type, text: expect.stringContaining("unknown weighted cluster 'cds_egress_shop_ghosts") },
    ]);
    expect(await send()).toBe(200);
    await push(good);
  });
});

describe('an application that uses its sidecar as a proxy', () => {
  test('names the service in the request line', async () => {
    expect(await send('GET', { path: 'http://orders.local:8080/by/proxy', host: 'ignored' })).toBe(200);
    expect([...stable.seen, ...canary.seen].map(({ url }) => url)).toEqual(['/by/proxy']);
  });
});

describe('a virtual gateway', () => {
  test('sends straight to the target, with prefix and host rewritten, under the same shield', async () => {
    await push(resources('virtualGateway/edge'));
    canary.status = 500;
    const call = () => send('GET', { port: 8088, host: 'shop.example.com:8088', path: '/shop/cart?a=b' });
    await answers(call);

    const statuses = await Promise.all(Array.from({ length: 100 }, call));

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(canary.seen.length).toBeGreaterThan(0);
    expect(new Set(stable.seen.map(({ url, headers }) => `${headers.host} ${url}`))).toEqual(
      new Set(['orders.local /cart?a=b']),
    );
    expect(await send('GET', { port: 8088, path: '/elsewhere' })).toBe(404);
  });
});

describe('a gateway that gets a second port', () => {
  test('serves it at once, while the first goes on', async () => {
    await push(resources('virtualGateway/edge'));
    await push(resources('virtualGateway/edge', { morePorts: ', { portMapping: { port: 8089, protocol: http } }' }));

    await answers(() => send('GET', { port: 8089, path: '/shop' }));
    expect(await send('GET', { port: 8088, path: '/shop' })).toBe(200);
  });
});

describe('a virtual node', () => {
  test('without backends is ready at once, and calls its first backend when it gets one', async () => {
    const alone = `resources: { virtualNode/alone: {}, virtualService/s.local: { provider: { virtualNode: { virtualNodeName: alone } } } }`;
    const calling = `resources:
  virtualNode/alone: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualNode/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualService/orders.local: { provider: { virtualNode: { virtualNodeName: orders } } }
endpoints: { orders: [{ task: a, deployment: d1, address: ${STABLE}, interception: explicit }] }
splits: { orders: { stable: [d1] } }`;
    const of = (text: string) => {
      const view = meshView(text);
      return bindTo(ip(4), compile(view, proxyId(view, 'virtualNode/alone'), { interception: 'explicit' }).resources);
    };
    const server = await startAdsServer();
    await server.set(of(alone));
    const started = performance.now();

    const second = await startEnvoy(ip(4), server.port);

    // Envoy waits 5 s for a table of virtual hosts that is announced and empty.
    expect(performance.now() - started).toBeLessThan(4000);
    expect(await server.set(of(calling))).toEqual([]);
    await answers(() => send('GET', { address: ip(4) }));
    expect(await server.set(of(alone))).toEqual([]);
    expect(await send('GET', { address: ip(4) })).toBe(404);
    second.stop();
    server.close();
  });

  test('hands what comes in to its own application, whatever the host, with the path normalized', async () => {
    const app = createServer((incoming, response) => response.writeHead(incoming.url === '/ok' ? 200 : 418).end());
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    const { port } = app.address() as AddressInfo;
    const view = meshView(
      `resources: { virtualNode/own: { listeners: [{ portMapping: { port: ${port}, protocol: http } }] } }`,
    );
    const { resources: own } = compile(view, proxyId(view, 'virtualNode/own'), { interception: 'explicit' });

    await push(bindTo(ENVOY, own));

    await answers(() => send('POST', { port: 15100, path: '//ok', host: 'anything' }));
    expect(await send('GET', { port: 15100, path: '/tea' })).toBe(418);
    app.close();
  });
});
