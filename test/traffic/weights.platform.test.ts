import { describe, expect, test } from 'vitest';
import { isShare } from '../support/binomial-bounds.ts';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, V1, V2] = [ip(1), ip(2), ip(3)];
const TOTAL = 1000;

/** `front` calls `orders.local`, whose one route has `targets`. */
const mesh = (targets: string) => `
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualNode/v1: ${node([8080, 'http'])}
  virtualNode/v2: ${node([8080, 'http'], [9090, 'http'])}
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/main: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [${targets}] } } }
${served({ v1: { stable: [V1] }, v2: { stable: [V2] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh('{ virtualNode: v1, weight: 1 }'),
  upstreams: [
    { name: 'v1', address: V1, port: 8080 },
    { name: 'v2', address: V2, port: 8080 },
    { name: 'v2 on 9090', address: V2, port: 9090 },
  ],
});

async function shares(targets: string): Promise<Record<string, number>> {
  await traffic.apply(mesh(targets));
  return traffic.answers(traffic.client(8080), TOTAL);
}

describe('weighted targets', () => {
  test('divide the requests by their weights, whatever these sum to', async () => {
    const { v1 = 0, v2 = 0 } = await shares(
      '{ virtualNode: v1, weight: 3 }, { virtualNode: v2, weight: 1, port: 8080 }',
    );

    expect(v1).toSatisfy((count: number) => isShare(count, TOTAL, 0.75));
    expect(v1 + v2).toBe(TOTAL);
  });

  test('of weight 0 get nothing, and the rest gets everything', async () => {
    const targets = '{ virtualNode: v1, weight: 0 }, { virtualNode: v2, weight: 100, port: 8080 }';
    expect(await shares(targets)).toEqual({ v2: TOTAL });
  });

  test('that name a port reach that listener of the node', async () => {
    expect(await shares('{ virtualNode: v2, weight: 1, port: 9090 }')).toEqual({ 'v2 on 9090': TOTAL });
  });

  test('whose weights are all 0 answer 503 and reach nobody', async () => {
    expect(await shares('{ virtualNode: v1, weight: 0 }')).toEqual({ 503: TOTAL });
    expect(['v1', 'v2', 'v2 on 9090'].flatMap((name) => traffic.app(name).seen)).toEqual([]);
  });
});
