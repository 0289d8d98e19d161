import { describe, expect, test } from 'vitest';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, ORDERS] = [ip(1), ip(2)];

/** `front` serves 8000 with a listener timeout, and calls `orders.local`, whose route has one of its own. */
const mesh = ({ route, listener }: { route?: object; listener?: object } = {}) => `
resources:
  virtualNode/front:
    listeners: [{ portMapping: { port: 8000, protocol: http }, ${listener === undefined ? '' : `timeout: ${JSON.stringify({ http: listener })}`} }]
    backends: [{ virtualService: { virtualServiceName: orders.local } }]
  virtualNode/orders: ${node([8080, 'http'])}
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/main:
    httpRoute:
      match: { prefix: / }
      action: { weightedTargets: [{ virtualNode: orders, weight: 1 }] }
      ${route === undefined ? '' : `timeout: ${JSON.stringify(route)}`}
${served({ orders: { stable: [ORDERS] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(),
  upstreams: [
    { name: 'orders', address: ORDERS, port: 8080 },
    { name: 'front', address: FRONT, port: 8000 },
  ],
});

const ms = (value: number) => ({ unit: 'ms', value });
const SHORT = ms(200);

/** The status of a request that the application answers after this time. */
async function statusAfter(afterMs: number, app: 'orders' | 'front' = 'orders'): Promise<number> {
  traffic.app(app).answer = () => ({ afterMs });
  const client = app === 'orders' ? traffic.client(8080) : traffic.inbound(8000);
  return (await client.send()).status;
}

describe('a route’s timeout', () => {
  test('ends a request with 504 when the application is too slow', async () => {
    await traffic.apply(mesh({ route: { perRequest: SHORT } }));
    expect(await statusAfter(10_000)).toBe(504);
  });

  test('lets a request pass that is in time', async () => {
    await traffic.apply(mesh({ route: { perRequest: ms(10_000) } }));
    expect(await statusAfter(300)).toBe(200);
  });

  test('of 0 is none', async () => {
    await traffic.apply(mesh({ route: { perRequest: ms(0) } }));
    expect(await statusAfter(300)).toBe(200);
    expect(announced()).toBeUndefined();
  });

  test('is 15 s where none is declared, as in App Mesh', async () => {
    await traffic.apply(mesh());
    expect(await statusAfter(0)).toBe(200);
    expect(announced()).toBe('15000');
  });

  test('for idle requests ends one on which nothing moves', async () => {
    await traffic.apply(mesh({ route: { idle: SHORT, perRequest: ms(0) } }));
    expect(await statusAfter(10_000)).toBe(504);
  });
});

describe('a listener’s timeout', () => {
  test('ends a request with 504 when the local application is too slow', async () => {
    await traffic.apply(mesh({ listener: { perRequest: SHORT } }));
    expect(await statusAfter(10_000, 'front')).toBe(504);
  });

  test('for idle requests ends one on which nothing moves', async () => {
    await traffic.apply(mesh({ listener: { idle: SHORT, perRequest: ms(0) } }));
    expect(await statusAfter(10_000, 'front')).toBe(504);
  });
});

/** The time limit in milliseconds that Envoy announced to the application with the last request, if it has one. */
const announced = () => traffic.app('orders').seen.at(-1)?.headers['x-envoy-expected-rq-timeout-ms'];
