import { describe, expect, test } from 'vitest';
import { statuses } from '../support/http-client.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { converse, startTcpUpstream } from '../support/tcp-upstream.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const FRONT = ip(1);
const [HTTP, HTTP2, GRPC, TCP] = [8000, 8002, 8003, 8004];

/** `front` serves every protocol, each with its connection pool, if any. */
const mesh = (pools: { http?: object; http2?: object; grpc?: object; tcp?: object } = {}) => {
  const listener = (port: number, protocol: keyof typeof pools) => {
    const pool = pools[protocol];
    return { portMapping: { port, protocol }, ...(pool && { connectionPool: { [protocol]: pool } }) };
  };
  const listeners = [listener(HTTP, 'http'), listener(HTTP2, 'http2'), listener(GRPC, 'grpc'), listener(TCP, 'tcp')];
  return `resources: { virtualNode/front: ${JSON.stringify({ listeners })} }`;
};

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(),
  upstreams: [
    { name: 'http', address: FRONT, port: HTTP },
    { name: 'http2', address: FRONT, port: HTTP2, protocol: 'http2' },
    { name: 'grpc', address: FRONT, port: GRPC, protocol: 'http2' },
  ],
});

/** Statuses of ten requests at once, which the application takes a while for. */
async function tenAtOnce(name: string, port: number, protocol: 'http' | 'http2' = 'http2'): Promise<number[]> {
  traffic.app(name).answer = () => ({ afterMs: 300 });
  const client = traffic.inbound(port, protocol);
  const replies = await Promise.all(Array.from({ length: 10 }, () => client.send()));
  return statuses(replies);
}

const passed = (count: number) => [...Array(count).fill(200), ...Array(10 - count).fill(503)];

describe('the connection pool of a listener', () => {
  test('of http opens no more connections than it says, and lets the rest wait', async () => {
    await traffic.apply(mesh({ http: { maxConnections: 2 } }));
    expect(await tenAtOnce('http', HTTP, 'http')).toEqual(passed(10));
    expect(traffic.app('http').connections.size).toBe(2);
  });

  test('of http answers 503 to what finds the queue full', async () => {
    await traffic.apply(mesh({ http: { maxConnections: 2, maxPendingRequests: 3 } }));
    traffic.app('http').answer = () => ({ afterMs: 1000 });
    const client = traffic.inbound(HTTP);
    const first = [client.send(), client.send()];
    await expect.poll(() => traffic.app('http').seen.length).toBe(2);
    const replies = await Promise.all([...first, ...Array.from({ length: 8 }, () => client.send())]);
    expect(statuses(replies)).toEqual(passed(5));
  });

  test('of http has no limit where none is declared', async () => {
    await traffic.apply(mesh());
    expect(await tenAtOnce('http', HTTP, 'http')).toEqual(passed(10));
    expect(traffic.app('http').connections.size).toBeGreaterThan(2);
  });

  test('of http2 has no more requests under way than it says, and answers 503 to the rest', async () => {
    await traffic.apply(mesh({ http2: { maxRequests: 4 } }));
    expect(await tenAtOnce('http2', HTTP2)).toEqual(passed(4));
  });

  test('of grpc has no more requests under way than it says, and answers 503 to the rest', async () => {
    await traffic.apply(mesh({ grpc: { maxRequests: 4 } }));
    expect(await tenAtOnce('grpc', GRPC)).toEqual(passed(4));
  });

  test('of tcp closes connections above its limit', async () => {
    await traffic.apply(mesh({ tcp: { maxConnections: 2 } }));
    const server = await startTcpUpstream({ address: FRONT, port: TCP, greeting: 'hi\n', answer: () => '' });
    const dial = () => traffic.lab.dial(15000, { address: FRONT, port: TCP });
    const kept = [dial(), dial()];
    await expect.poll(() => server.connections.size).toBe(2);
    expect(await converse(dial(), (text) => text === 'hi\n')).toBe('');
    for (const socket of kept) socket.destroy();
    await server.close();
  });
});
