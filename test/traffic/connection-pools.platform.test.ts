import { describe, expect, test } from 'vitest';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const FRONT = ip(1);

const mesh = (http?: object) => `
resources:
  virtualNode/front:
    listeners: [{ portMapping: { port: 8000, protocol: http }${http === undefined ? '' : `, connectionPool: ${JSON.stringify({ http })}`} }]`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(),
  upstreams: [{ name: 'front', address: FRONT, port: 8000 }],
});

/** Statuses of ten requests at once, which the application takes a while for. */
async function tenAtOnce(): Promise<number[]> {
  traffic.app('front').answer = () => ({ afterMs: 300 });
  const client = traffic.inbound(8000);
  const replies = await Promise.all(Array.from({ length: 10 }, () => client.send()));
  return replies.map(({ status }) => status).sort();
}

describe('the connection pool of an http listener', () => {
  test('opens no more connections to the application than it says, and lets the rest wait', async () => {
    await traffic.apply(mesh({ maxConnections: 2 }));
    expect(await tenAtOnce()).toEqual(Array(10).fill(200));
    expect(traffic.app('front').connections.size).toBe(2);
  });

  test('answers 503 to what finds the queue full', async () => {
    await traffic.apply(mesh({ maxConnections: 2, maxPendingRequests: 3 }));
    const statuses = await tenAtOnce();
    expect(statuses).toEqual([...Array(5).fill(200), ...Array(5).fill(503)]);
  });

  test('has no limit where none is declared', async () => {
    await traffic.apply(mesh());
    expect(await tenAtOnce()).toEqual(Array(10).fill(200));
    expect(traffic.app('front').connections.size).toBeGreaterThan(2);
  });
});
