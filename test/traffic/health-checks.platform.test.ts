import { describe, expect, test } from 'vitest';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, A, B, DEAF] = [ip(1), ip(2), ip(3), ip(4)];

/** Far below what the API takes (5 s), so that tests need not wait for it. */
const often = { healthyThreshold: 2, unhealthyThreshold: 2, intervalMillis: 100, timeoutMillis: 1000 };

const mesh = (healthCheck: object, stable = [A, B]) => `
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualNode/orders: ${node([8080, 'http', { healthCheck: { ...often, ...healthCheck } }])}
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/main:
    httpRoute:
      match: { prefix: / }
      action: { weightedTargets: [{ virtualNode: orders, weight: 1 }] }
      retryPolicy: { maxRetries: 0, perRetryTimeout: { unit: s, value: 1 }, httpRetryEvents: [server-error] }
${served({ orders: { stable } })}`;

const HTTP = { protocol: 'http', path: '/health' };

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(HTTP),
  upstreams: [
    { name: 'a', address: A, port: 8080 },
    { name: 'b', address: B, port: 8080 },
  ],
});

const eventually = (client: ReturnType<typeof traffic.client>) =>
  expect.poll(() => traffic.answers(client, 20), { timeout: 20_000, interval: 100 });

const healthy = ({ url }: { url: string }) => ({ status: url === '/health' ? 503 : 200 });

describe('an active health check', () => {
  test('over HTTP takes a task out that fails it, and in again when it passes', async () => {
    await traffic.apply(mesh(HTTP));
    const client = traffic.client(8080);
    await eventually(client).toEqual({ a: 10, b: 10 });

    traffic.app('a').answer = healthy;
    await eventually(client).toEqual({ b: 20 });
    expect(traffic.app('b').seen.some(({ url }) => url === '/health')).toBe(true);

    traffic.app('a').answer = () => ({});
    await eventually(client).toEqual({ a: 10, b: 10 });
  });

  test('over TCP takes out a task that nobody listens at', async () => {
    await traffic.apply(mesh({ protocol: 'tcp' }, [A, DEAF]));
    await eventually(traffic.client(8080)).toEqual({ a: 20 });
  });

  test('sends nothing to a task that has left, however healthy it is', async () => {
    await traffic.apply(mesh(HTTP));
    await eventually(traffic.client(8080)).toEqual({ a: 10, b: 10 });

    await traffic.apply(mesh(HTTP, [B]));

    expect(await traffic.answers(traffic.client(8080), 20)).toEqual({ b: 20 });
  });
});
