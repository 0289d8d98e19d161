import { beforeEach, describe, expect, test } from 'vitest';
import { isShare } from '../support/binomial-bounds.ts';
import { GRPC_STATUS, grpcAnswer, grpcCall, grpcStatus } from '../support/grpc.ts';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';
import type { Answer } from '../support/upstream.ts';

const ip = loopbackNetwork();
const [FRONT, V1, V2] = [ip(1), ip(2), ip(3)];
const TOTAL = 1000;

interface Route {
  readonly match?: object;
  readonly targets?: readonly object[];
  readonly retryPolicy?: object;
  readonly timeout?: object;
}

/** `front` calls a gRPC service; what the first route does not take goes to `v2`. */
const mesh = ({ match = {}, targets = [{ virtualNode: 'v1', weight: 1 }], ...rest }: Route = {}) => `
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualNode/v1: ${node([5000, 'grpc'])}
  virtualNode/v2: ${node([5000, 'grpc'])}
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 5000, protocol: grpc } }] }
  virtualRouter/orders/route/first:
    priority: 1
    grpcRoute: ${JSON.stringify({ match, action: { weightedTargets: targets }, ...rest })}
  virtualRouter/orders/route/rest:
    priority: 2
    grpcRoute: { match: {}, action: { weightedTargets: [{ virtualNode: v2, weight: 1 }] } }
${served({ v1: { stable: [V1] }, v2: { stable: [V2] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(),
  upstreams: [
    { name: 'v1', address: V1, port: 5000, protocol: 'http2' },
    { name: 'v2', address: V2, port: 5000, protocol: 'http2' },
  ],
});

beforeEach(() => {
  for (const name of ['v1', 'v2']) traffic.app(name).answer = () => grpcAnswer('ok');
});

describe('a gRPC call', () => {
  test('reaches the application over HTTP/2, and its status comes back in trailers', async () => {
    await traffic.apply(mesh());
    const reply = await traffic.client(5000, 'http2').send(grpcCall('shop.Orders/Get', { 'x-a': '1' }));
    expect([reply.app, grpcStatus(reply)]).toEqual(['v1', 0]);
    expect(traffic.app('v1').seen).toMatchObject([{ url: '/shop.Orders/Get', headers: { 'x-a': '1' } }]);
  });

  test('is divided by the weights of its targets', async () => {
    const targets = [
      { virtualNode: 'v1', weight: 9 },
      { virtualNode: 'v2', weight: 1 },
    ];
    await traffic.apply(mesh({ targets }));
    const { v2 = 0, v1 = 0 } = await traffic.answers(traffic.client(5000, 'http2'), TOTAL, grpcCall('a.B/c'));
    expect(v2).toSatisfy((count: number) => isShare(count, TOTAL, 0.1));
    expect(v1 + v2).toBe(TOTAL);
  });
});

describe('a gRPC route matches', () => {
  test.each<[string, object, string, string]>([
    ['a service', { serviceName: 'shop.Orders' }, 'shop.Orders/Get', 'shop.OrdersToo/Get'],
    ['a method', { serviceName: 'shop.Orders', methodName: 'Get' }, 'shop.Orders/Get', 'shop.Orders/GetAll'],
  ])('%s', async (_, match, taken, left) => {
    await traffic.apply(mesh({ match }));
    const client = traffic.client(5000, 'http2');
    expect((await client.send(grpcCall(taken))).app).toBe('v1');
    expect((await client.send(grpcCall(left))).app).toBe('v2');
  });

  test.each<[string, object, string, string]>([
    ['exactly', { exact: 'one' }, 'one', 'ones'],
    ['by prefix', { prefix: 'one' }, 'ones', 'a one'],
    ['by suffix', { suffix: 'one' }, 'a one', 'ones'],
    ['by regular expression', { regex: 'o.e' }, 'ole', 'ones'],
    ['by range', { range: { start: 1, end: 3 } }, '2', '3'],
  ])('metadata %s', async (_, match, taken, left) => {
    await traffic.apply(mesh({ match: { metadata: [{ name: 'x-a', match }] } }));
    const client = traffic.client(5000, 'http2');
    expect((await client.send(grpcCall('a.B/c', { 'x-a': taken }))).app).toBe('v1');
    expect((await client.send(grpcCall('a.B/c', { 'x-a': left }))).app).toBe('v2');
    expect((await client.send(grpcCall('a.B/c'))).app).toBe('v2');
  });

  test('metadata that is not there, when inverted', async () => {
    await traffic.apply(mesh({ match: { metadata: [{ name: 'x-a', invert: true }] } }));
    const client = traffic.client(5000, 'http2');
    expect((await client.send(grpcCall('a.B/c'))).app).toBe('v1');
    expect((await client.send(grpcCall('a.B/c', { 'x-a': '1' }))).app).toBe('v2');
  });
});

const retry = (events: object) => ({ maxRetries: 1, perRetryTimeout: { unit: 's', value: 5 }, ...events });

/** What a client sees, and how many calls the application saw, when its first answer is `failure`. */
async function outcome(failure: Answer): Promise<{ code: number | undefined; tries: number }> {
  const app = traffic.app('v1');
  app.answer = (_, nth) => (nth === 1 ? failure : grpcAnswer('ok'));
  const code = grpcStatus(await traffic.client(5000, 'http2').send(grpcCall('a.B/c')));
  return { code, tries: app.seen.length };
}

describe('a gRPC retry policy', () => {
  test.each(['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable'] as const)(
    'of %s tries again after that status, and after no other',
    async (event) => {
      await traffic.apply(mesh({ retryPolicy: retry({ grpcRetryEvents: [event] }) }));
      expect(await outcome(grpcAnswer(event))).toEqual({ code: 0, tries: 2 });
      traffic.app('v1').reset();
      const other = event === 'internal' ? 'cancelled' : 'internal';
      expect(await outcome(grpcAnswer(other))).toEqual({ code: GRPC_STATUS[other], tries: 1 });
    },
  );

  test('of an HTTP event tries again after that', async () => {
    await traffic.apply(mesh({ retryPolicy: retry({ httpRetryEvents: ['server-error'] }) }));
    expect(await outcome({ status: 500 })).toEqual({ code: 0, tries: 2 });
  });
});

describe('a gRPC timeout', () => {
  test('ends a call that takes too long as unavailable, which is what Envoy makes of a 504', async () => {
    await traffic.apply(mesh({ timeout: { perRequest: { unit: 'ms', value: 200 } } }));
    traffic.app('v1').answer = () => grpcAnswer('ok', { afterMs: 10_000 });
    const reply = await traffic.client(5000, 'http2').send(grpcCall('a.B/c'));
    expect(grpcStatus(reply)).toBe(GRPC_STATUS.unavailable);
  });
});
