import { describe, expect, test } from 'vitest';
import { isShare } from '../support/binomial-bounds.ts';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, STABLE, CANARY, OTHER] = [ip(1), ip(2), ip(3), ip(4)];
const TOTAL = 1000;

/** `front` calls `orders.local`, half of which is `orders` (with a canary) and half is `other`, or all of it is `orders`. */
const mesh = (canary: object, otherWeight = 0) => `
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualNode/orders: ${node([8080, 'http'])}
  virtualNode/other: ${node([8080, 'http'])}
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/main:
    httpRoute:
      match: { prefix: / }
      action: { weightedTargets: [{ virtualNode: orders, weight: 50 }, { virtualNode: other, weight: ${otherWeight} }] }
${served({ orders: { stable: [STABLE], canary: { addresses: [CANARY], ...canary } }, other: { stable: [OTHER] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh({ basisPoints: 0 }),
  upstreams: [
    { name: 'stable', address: STABLE, port: 8080 },
    { name: 'canary', address: CANARY, port: 8080 },
    { name: 'other', address: OTHER, port: 8080 },
  ],
});

describe('a node split between two revisions', () => {
  test('gives the canary its basis points of the requests', async () => {
    await traffic.apply(mesh({ basisPoints: 500 }));
    const { stable = 0, canary = 0 } = await traffic.answers(traffic.client(8080), TOTAL);
    expect(canary).toSatisfy((count: number) => isShare(count, TOTAL, 0.05));
    expect(stable + canary).toBe(TOTAL);
  });

  test('divides only its own part of a weighted route', async () => {
    await traffic.apply(mesh({ basisPoints: 5000 }, 50));
    const { stable = 0, canary = 0, other = 0 } = await traffic.answers(traffic.client(8080), TOTAL);
    expect(other).toSatisfy((count: number) => isShare(count, TOTAL, 0.5));
    expect(canary).toSatisfy((count: number) => isShare(count, TOTAL, 0.25));
    expect(stable + canary + other).toBe(TOTAL);
  });

  test('sends nothing to a canary at 0, and everything at 10,000', async () => {
    await traffic.apply(mesh({ basisPoints: 0 }));
    expect(await traffic.answers(traffic.client(8080), 100)).toEqual({ stable: 100 });
    await traffic.apply(mesh({ basisPoints: 10_000 }));
    expect(await traffic.answers(traffic.client(8080), 100)).toEqual({ canary: 100 });
  });
});

describe('the canary shield', () => {
  test('answers a GET that failed on the canary from stable', async () => {
    await traffic.apply(mesh({ basisPoints: 10_000, shield: 'safe-methods' }));
    traffic.app('canary').answer = () => ({ status: 500 });
    expect(await traffic.answers(traffic.client(8080), 50)).toEqual({ stable: 50 });
    expect(traffic.app('canary').seen).toHaveLength(50);
  });

  test('hands a POST that failed on the canary on, once', async () => {
    await traffic.apply(mesh({ basisPoints: 10_000, shield: 'safe-methods' }));
    traffic.app('canary').answer = () => ({ status: 500 });
    const replies = await traffic.answers(traffic.client(8080), 20, { method: 'POST' });
    expect(replies).toEqual({ canary: 20 });
    expect([traffic.app('canary').seen.length, traffic.app('stable').seen.length]).toEqual([20, 0]);
  });
});

describe('an audience of the canary', () => {
  const beta = { headers: { 'x-beta': 'yes' } };

  test('goes to the canary by its share, and nobody else does', async () => {
    const audience = { header: { name: 'X-Beta', match: { exact: 'yes' } } };
    await traffic.apply(mesh({ basisPoints: 10_000, audience }));
    const client = traffic.client(8080);
    expect(await traffic.answers(client, 50, beta)).toEqual({ canary: 50 });
    expect(await traffic.answers(client, 50)).toEqual({ stable: 50 });
    expect(await traffic.answers(client, 50, { headers: { 'x-beta': 'no' } })).toEqual({ stable: 50 });
  });

  test('is divided by basis points itself', async () => {
    const audience = { header: { name: 'x-beta', match: { exact: 'yes' } } };
    await traffic.apply(mesh({ basisPoints: 5000, audience }));
    const { canary = 0, stable = 0 } = await traffic.answers(traffic.client(8080), TOTAL, beta);
    expect(canary).toSatisfy((count: number) => isShare(count, TOTAL, 0.5));
    expect(stable + canary).toBe(TOTAL);
  });

  test('may be told by a cookie among others', async () => {
    await traffic.apply(mesh({ basisPoints: 10_000, audience: { cookie: { name: 'group', value: 'beta' } } }));
    const client = traffic.client(8080);
    expect(await traffic.answers(client, 20, { headers: { cookie: 'a=b; group=beta; c=d' } })).toEqual({ canary: 20 });
    expect(await traffic.answers(client, 20, { headers: { cookie: 'group=betas; xgroup=beta' } })).toEqual({
      stable: 20,
    });
  });
});

describe('a mirrored canary', () => {
  test('gets copies of its share of the requests, and clients are answered by stable alone', async () => {
    await traffic.apply(mesh({ basisPoints: 2500, mirror: true }));
    traffic.app('canary').answer = () => ({ status: 500, afterMs: 50 });

    expect(await traffic.answers(traffic.client(8080), TOTAL)).toEqual({ stable: TOTAL });

    const copies = () => traffic.app('canary').seen.length;
    await expect.poll(copies).toSatisfy((count: number) => isShare(count, TOTAL, 0.25));
  });
});
