import { describe, expect, test } from 'vitest';
import { isShare } from '../support/binomial-bounds.ts';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, V1, V2] = [ip(1), ip(2), ip(3)];
const TOTAL = 1000;

const seconds = (value: number) => ({ unit: 's', value });

/** `front` serves 8000 and calls `orders.local`, both over HTTP/2. */
const mesh = ({
  canaryWeight = 0,
  retryPolicy,
}: {
  canaryWeight?: number;

  retryPolicy?: object;
} = {}) => `
resources:
  virtualNode/front:
    listeners: [{ portMapping: { port: 8000, protocol: http2 } }]
    backends: [{ virtualService: { virtualServiceName: orders.local } }]
  virtualNode/v1: ${node([8080, 'http2'])}
  virtualNode/v2: ${node([8080, 'http2'])}
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http2 } }] }
  virtualRouter/orders/route/main:
    http2Route:
      match: { prefix: / }
      action: { weightedTargets: [{ virtualNode: v1, weight: ${100 - canaryWeight} }, { virtualNode: v2, weight: ${canaryWeight} }] }
      ${retryPolicy === undefined ? '' : `retryPolicy: ${JSON.stringify(retryPolicy)}`}
${served({ v1: { stable: [V1] }, v2: { stable: [V2] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(),
  upstreams: [
    { name: 'front', address: FRONT, port: 8000, protocol: 'http2' },
    { name: 'v1', address: V1, port: 8080, protocol: 'http2' },
    { name: 'v2', address: V2, port: 8080, protocol: 'http2' },
  ],
});

describe('HTTP/2', () => {
  test('requests of one connection are divided by the weights of their targets', async () => {
    await traffic.apply(mesh({ canaryWeight: 20 }));
    const { v1 = 0, v2 = 0 } = await traffic.answers(traffic.client(8080, 'http2'), TOTAL);
    expect(v2).toSatisfy((count: number) => isShare(count, TOTAL, 0.2));
    expect(v1 + v2).toBe(TOTAL);
  });

  test('reaches the local application as HTTP/2', async () => {
    await traffic.apply(mesh());
    expect(await traffic.inbound(8000, 'http2').send({ path: '/in' })).toMatchObject({ status: 200, app: 'front' });
  });

  test('streams that the peer refused are tried again by a retry policy of stream-error', async () => {
    const retryPolicy = { maxRetries: 1, perRetryTimeout: seconds(5), httpRetryEvents: ['stream-error'] };
    await traffic.apply(mesh({ retryPolicy }));
    traffic.app('v1').answer = (_, nth) => (nth === 1 ? { refuse: true } : {});
    expect(await traffic.client(8080, 'http2').send()).toMatchObject({ status: 200, app: 'v1' });
    expect(traffic.app('v1').seen).toHaveLength(2);
  });
});
