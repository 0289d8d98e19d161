import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isShare } from '../support/binomial-bounds.ts';
import { EnvoyLab } from '../support/envoy-lab.ts';
import { type HttpClient, http1, sendMany, tally } from '../support/http-client.ts';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';

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

let lab: EnvoyLab;
let client: HttpClient;
let upstreams: Upstream[];

beforeAll(async () => {
  upstreams = await Promise.all([
    startUpstream({ name: 'v1', address: V1, port: 8080 }),
    startUpstream({ name: 'v2', address: V2, port: 8080 }),
    startUpstream({ name: 'v2 on 9090', address: V2, port: 9090 }),
  ]);
  lab = await EnvoyLab.start(FRONT, mesh('{ virtualNode: v1, weight: 1 }'), 'virtualNode/front', 'transparent');
  client = http1(() => lab.dial(15001, { address: '10.1.2.3', port: 8080 }));
});

afterAll(async () => {
  client?.close();
  lab?.stop();
  await Promise.all((upstreams ?? []).map((upstream) => upstream.close()));
});

beforeEach(() => {
  for (const upstream of upstreams) upstream.reset();
});

async function shares(targets: string): Promise<Record<string, number>> {
  expect(await lab.apply(mesh(targets), 'virtualNode/front')).toEqual([]);
  return tally(await sendMany(client, TOTAL), ({ app, status }) => app || status);
}

describe('weighted targets', () => {
  test('divide the requests by their weights, whatever these sum to', async () => {
    const counts = await shares('{ virtualNode: v1, weight: 3 }, { virtualNode: v2, weight: 1, port: 8080 }');

    expect(counts['v1'] ?? 0).toSatisfy((count: number) => isShare(count, TOTAL, 0.75));
    expect((counts['v1'] ?? 0) + (counts['v2'] ?? 0)).toBe(TOTAL);
  });

  test('of weight 0 get nothing, and the rest gets everything', async () => {
    expect(await shares('{ virtualNode: v1, weight: 0 }, { virtualNode: v2, weight: 100, port: 8080 }')).toEqual({
      v2: TOTAL,
    });
  });

  test('that name a port reach that listener of the node', async () => {
    expect(await shares('{ virtualNode: v2, weight: 1, port: 9090 }')).toEqual({ 'v2 on 9090': TOTAL });
  });

  test('whose weights are all 0 answer 503 and reach nobody', async () => {
    expect(await shares('{ virtualNode: v1, weight: 0 }')).toEqual({ 503: TOTAL });
    expect(upstreams.flatMap(({ seen }) => seen)).toEqual([]);
  });
});
