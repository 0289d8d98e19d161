import { describe, expect, test } from 'vitest';
import type { HttpCall } from '../support/http-client.ts';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [EDGE, SHOP, PAY] = [ip(1), ip(2), ip(3)];

interface GatewayRoute {
  readonly match: object;
  readonly rewrite?: object;
  readonly service?: 'shop.local' | 'pay.local';
}

const to = ({ match, rewrite, service = 'shop.local' }: GatewayRoute) => ({
  match,
  action: { target: { virtualService: { virtualServiceName: service } }, ...(rewrite && { rewrite }) },
});

/** `edge` with these gateway routes; `shop.local` and `pay.local` are one application each. */
const mesh = (routes: readonly GatewayRoute[], listeners = '{ portMapping: { port: 8088, protocol: http } }') => `
resources:
  virtualGateway/edge: { listeners: [${listeners}] }
${routes.map((route, i) => `  virtualGateway/edge/gatewayRoute/r${i}: ${JSON.stringify({ httpRoute: to(route) })}`).join('\n')}
  virtualNode/shop: ${node([8080, 'http'])}
  virtualNode/pay: ${node([8080, 'http'])}
  virtualService/shop.local: { provider: { virtualNode: { virtualNodeName: shop } } }
  virtualService/pay.local: { provider: { virtualNode: { virtualNodeName: pay } } }
${served({ shop: { stable: [SHOP] }, pay: { stable: [PAY] } })}`;

const traffic = useTraffic({
  address: EDGE,
  proxy: 'virtualGateway/edge',
  mesh: mesh([{ match: { prefix: '/' } }]),
  upstreams: [
    { name: 'shop', address: SHOP, port: 8080 },
    { name: 'pay', address: PAY, port: 8080 },
  ],
});

/** Who answers one request through the gateway: an application, or the gateway itself with a status. */
async function answer(call: HttpCall): Promise<string | number> {
  const { app, status } = await traffic.direct(8088).send(call);
  return app || status;
}

/** Host and path as the application saw them. */
async function seen(rewrite: object | undefined, match: object, call: HttpCall): Promise<string> {
  await traffic.apply(mesh([{ match, ...(rewrite && { rewrite }) }]));
  expect(await answer(call)).toBe('shop');
  const [request] = traffic.app('shop').seen;
  return `${request?.headers.host}${request?.url}`;
}

const CALL: HttpCall = { host: 'shop.example.com', path: '/cart/items?a=b' };

describe('a gateway route rewrites', () => {
  test('its prefix to / and the host to the virtual service, by default', async () => {
    expect(await seen(undefined, { prefix: '/cart/' }, CALL)).toBe('shop.local/items?a=b');
  });

  test('no prefix when defaultPrefix is DISABLED', async () => {
    const rewrite = { prefix: { defaultPrefix: 'DISABLED' } };
    expect(await seen(rewrite, { prefix: '/cart/' }, CALL)).toBe('shop.local/cart/items?a=b');
  });

  test('its prefix to a declared value', async () => {
    expect(await seen({ prefix: { value: '/v2/' } }, { prefix: '/cart/' }, CALL)).toBe('shop.local/v2/items?a=b');
  });

  test('the whole path to an exact one, and keeps the query', async () => {
    const rewrite = { path: { exact: '/all' } };
    expect(await seen(rewrite, { path: { regex: '/cart/.*' } }, CALL)).toBe('shop.local/all?a=b');
  });

  test('no host when defaultTargetHostname is DISABLED', async () => {
    const rewrite = { hostname: { defaultTargetHostname: 'DISABLED' } };
    expect(await seen(rewrite, { prefix: '/' }, CALL)).toBe('shop.example.com/cart/items?a=b');
  });
});

describe('a gateway route matches', () => {
  test('an exact host name, whatever the port', async () => {
    await traffic.apply(mesh([{ match: { hostname: { exact: 'shop.example.com' } } }]));
    expect(await answer({ host: 'shop.example.com' })).toBe('shop');
    expect(await answer({ host: 'shop.example.com:8088' })).toBe('shop');
    expect(await answer({ host: 'pay.example.com' })).toBe(404);
  });

  test('a suffix of the host name, after exact ones', async () => {
    await traffic.apply(
      mesh([
        { match: { hostname: { suffix: '.example.com' } } },
        { match: { hostname: { exact: 'pay.example.com' } }, service: 'pay.local' },
      ]),
    );
    expect(await answer({ host: 'shop.example.com' })).toBe('shop');
    expect(await answer({ host: 'pay.example.com' })).toBe('pay');
    expect(await answer({ host: 'example.org' })).toBe(404);
  });

  test('path, method, header and query parameter, all of them', async () => {
    const match = {
      path: { exact: '/cart' },
      method: 'POST',
      headers: [{ name: 'x-a', match: { exact: '1' } }],
      queryParameters: [{ name: 'q', match: { exact: '1' } }],
    };
    await traffic.apply(mesh([{ match, rewrite: { path: { exact: '/cart' } } }]));
    const call = { path: '/cart?q=1', method: 'POST', headers: { 'x-a': '1' } };
    expect(await answer(call)).toBe('shop');
    for (const other of [{ path: '/cart?q=2' }, { method: 'GET' }, { headers: { 'x-a': '2' } }, { path: '/b?q=1' }])
      expect([other, await answer({ ...call, ...other })]).toEqual([other, 404]);
  });

  test('the longer prefix first', async () => {
    await traffic.apply(mesh([{ match: { prefix: '/' } }, { match: { prefix: '/pay/' }, service: 'pay.local' }]));
    expect(await answer({ path: '/pay/now' })).toBe('pay');
    expect(await answer({ path: '/payments' })).toBe('shop');
  });

  test('the port of its listener', async () => {
    const listeners =
      '{ portMapping: { port: 8088, protocol: http } }, { portMapping: { port: 8089, protocol: http } }';
    const routes = [
      { match: { prefix: '/', port: 8088 } },
      { match: { prefix: '/', port: 8089 }, service: 'pay.local' },
    ] as const;
    await traffic.apply(mesh(routes, listeners));
    expect((await traffic.direct(8088).send()).app).toBe('shop');
    expect((await traffic.direct(8089).send()).app).toBe('pay');
  });
});
