import { describe, expect, test } from 'vitest';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';
import type { Answer } from '../support/upstream.ts';

const ip = loopbackNetwork();
const [FRONT, ORDERS, NOBODY] = [ip(1), ip(2), ip(3)];

/** A route of `orders.local` with this retry policy (JSON), or with none; `stable` are the addresses behind it. */
const mesh = (policy?: object, stable = [ORDERS]) => `
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualNode/orders: ${node([8080, 'http'])}
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/main:
    httpRoute:
      match: { prefix: / }
      action: { weightedTargets: [{ virtualNode: orders, weight: 1 }] }
      ${policy === undefined ? '' : `retryPolicy: ${JSON.stringify(policy)}`}
${served({ orders: { stable } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(),
  upstreams: [{ name: 'orders', address: ORDERS, port: 8080 }],
});

/** `times` tries more, each of a second at most, on these events. */
const retry = (times: number, events: object) => ({
  maxRetries: times,
  perRetryTimeout: { unit: 's', value: 1 },
  ...events,
});

/** The status a client sees, and how many requests the application saw, when its first `failures` answers are `failure`. */
async function outcome(failure: Answer, failures = 1): Promise<{ status: number; tries: number }> {
  const app = traffic.app('orders');
  app.answer = (_, nth) => (nth <= failures ? failure : {});
  const { status } = await traffic.client(8080).send();
  return { status, tries: app.seen.length };
}

describe('a retry policy', () => {
  test.each([500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511])(
    'of server-error tries again after a %i',
    async (status) => {
      await traffic.apply(mesh(retry(1, { httpRetryEvents: ['server-error'] })));
      expect(await outcome({ status })).toEqual({ status: 200, tries: 2 });
    },
  );

  test.each([502, 503, 504])('of gateway-error tries again after a %i', async (status) => {
    await traffic.apply(mesh(retry(1, { httpRetryEvents: ['gateway-error'] })));
    expect(await outcome({ status })).toEqual({ status: 200, tries: 2 });
  });

  test.each([500, 501, 409])('of gateway-error hands a %i on', async (status) => {
    await traffic.apply(mesh(retry(1, { httpRetryEvents: ['gateway-error'] })));
    expect(await outcome({ status })).toEqual({ status, tries: 1 });
  });

  test('of client-error tries again after a 409, and after nothing else', async () => {
    await traffic.apply(mesh(retry(1, { httpRetryEvents: ['client-error'] })));
    expect(await outcome({ status: 409 })).toEqual({ status: 200, tries: 2 });
    traffic.app('orders').reset();
    expect(await outcome({ status: 429 })).toEqual({ status: 429, tries: 1 });
  });

  test('of server-error tries again when the connection breaks before an answer', async () => {
    await traffic.apply(mesh(retry(1, { httpRetryEvents: ['server-error'] })));
    expect(await outcome({ reset: true })).toEqual({ status: 200, tries: 2 });
  });

  test('of stream-error alone hands a broken connection on: the application may have seen the request', async () => {
    await traffic.apply(mesh(retry(1, { httpRetryEvents: ['stream-error'] })));
    expect(await outcome({ reset: true })).toEqual({ status: 503, tries: 1 });
  });

  test('of connection-error goes to another host when one cannot be reached', async () => {
    await traffic.apply(mesh(retry(5, { tcpRetryEvents: ['connection-error'] }), [ORDERS, NOBODY]));
    expect(await traffic.answers(traffic.client(8080), 50)).toEqual({ orders: 50 });
  });

  test('tries no more often than it says', async () => {
    await traffic.apply(mesh(retry(3, { httpRetryEvents: ['server-error'] })));
    expect(await outcome({ status: 500 }, 10)).toEqual({ status: 500, tries: 4 });
  });

  test('of maxRetries 0 tries once', async () => {
    await traffic.apply(mesh(retry(0, { httpRetryEvents: ['server-error'] })));
    expect(await outcome({ status: 500 })).toEqual({ status: 500, tries: 1 });
  });

  test('gives each try its own time', async () => {
    const perRetryTimeout = { unit: 'ms', value: 100 };
    await traffic.apply(mesh({ ...retry(1, { httpRetryEvents: ['gateway-error'] }), perRetryTimeout }));
    expect(await outcome({ afterMs: 5_000 })).toEqual({ status: 200, tries: 2 });
  });

  test('holds for many requests at once: Envoy’s own default allows three retries in all', async () => {
    await traffic.apply(mesh(retry(1, { httpRetryEvents: ['server-error'] })));
    const app = traffic.app('orders');
    app.answer = ({ url }) => (first(url) ? { status: 500, afterMs: 200 } : { afterMs: 200 });
    const tried = new Set<string>();
    const first = (url: string) => !tried.has(url) && tried.add(url) !== undefined;
    const client = traffic.client(8080);

    const replies = await Promise.all(Array.from({ length: 20 }, (_, i) => client.send({ path: `/${i}` })));

    expect(replies.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(app.seen).toHaveLength(40);
  });
});

describe('without a retry policy', () => {
  test('a 503 and a broken connection are tried twice more, as App Mesh did', async () => {
    await traffic.apply(mesh());
    expect(await outcome({ status: 503 }, 2)).toEqual({ status: 200, tries: 3 });
    traffic.app('orders').reset();
    expect(await outcome({ reset: true }, 2)).toEqual({ status: 200, tries: 3 });
  });

  test('a 500 is handed on', async () => {
    await traffic.apply(mesh());
    expect(await outcome({ status: 500 })).toEqual({ status: 500, tries: 1 });
  });
});
