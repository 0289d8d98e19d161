import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { type Load, type LoadOptions, startLoad, type Target } from '../../../local/story/load.ts';

const open: { servers: Server[]; loads: Load[] } = { servers: [], loads: [] };
afterEach(async () => {
  await Promise.all(open.loads.splice(0).map((load) => load.stop()));
  for (const server of open.servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function gateway(task: string, answer: RequestListener): Promise<Target> {
  const server = createServer(answer);
  open.servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { task, address: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** A port that refuses: it was free a moment ago. */
async function gone(): Promise<Target> {
  const target = await gateway('gone', (_, response) => response.end());
  const server = open.servers.pop();
  server?.close();
  if (server) await once(server, 'close');
  return target;
}

function load(targets: readonly Target[], change: Partial<LoadOptions> = {}): Load {
  const options = { targets: () => targets, perSecond: 500, postEvery: 50, host: 'shop.local', path: '/' };
  const started = startLoad({ ...options, ...change });
  open.loads.push(started);
  return started;
}

const ok: RequestListener = (_, response) => response.end('{}');

test('sends close to the rate that was asked for, to every target in turn', async () => {
  const seen = { a: 0, b: 0 };
  const a = await gateway('a', (...exchange) => {
    seen.a++;
    ok(...exchange);
  });
  const b = await gateway('b', (...exchange) => {
    seen.b++;
    ok(...exchange);
  });

  const running = load([a, b]);
  await vi.waitUntil(() => running.counts().requests >= 100, 10_000);

  expect(running.counts().failed).toBe(0);
  expect(Math.abs(seen.a - seen.b)).toBeLessThan(10);
});

test('changes its pace when told, down to less than one request a tick', async () => {
  const running = load([await gateway('a', ok)], { perSecond: 0 });

  running.pace(3);
  await vi.waitUntil(() => running.counts().requests >= 1, 10_000);
});

test('one request in `postEvery` is a POST', async () => {
  const methods: string[] = [];
  const running = load([await gateway('a', ({ method }, response) => response.end(void methods.push(method ?? '')))], {
    postEvery: 10,
  });
  await vi.waitUntil(() => running.counts().requests >= 100, 10_000);

  expect(methods.slice(0, 100).filter((method) => method === 'POST')).toHaveLength(10);
});

test('an answer other than 2xx is a failed request and its reason is kept', async () => {
  const running = load([await gateway('a', (_, response) => response.writeHead(503).end('no healthy upstream'))]);
  await vi.waitUntil(() => running.counts().requests >= 5, 10_000);

  const { requests, failed } = running.counts();
  expect(failed).toBe(requests);
  expect(running.failures()[0]).toMatchObject({ task: 'a', method: 'GET', reason: '503 no healthy upstream' });
});

test('a response that breaks off is a failed request', async () => {
  const breakOff: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('half', () => response.destroy());
  };
  const running = load([await gateway('a', breakOff)]);
  await vi.waitUntil(() => running.counts().requests >= 5, 10_000);

  expect(running.counts().failed).toBe(running.counts().requests);
});

test('a refused connection is tried once on another target and then is no failure', async () => {
  const running = load([await gone(), await gateway('b', ok)]);
  await vi.waitUntil(() => running.counts().requests >= 20, 10_000);

  expect(running.counts().failed).toBe(0);
});

test('without another target a refused connection fails', async () => {
  const running = load([await gone()]);
  await vi.waitUntil(() => running.counts().requests >= 5, 10_000);

  expect(running.counts().failed).toBe(running.counts().requests);
  expect(running.failures()[0]?.reason).toBe('refused');
});

test('no target at all is a failure that says so', async () => {
  const running = load([]);
  await vi.waitUntil(() => running.counts().requests >= 1, 10_000);

  expect(running.failures()[0]?.reason).toBe('the gateway has no healthy task');
});

test('requests not yet answered are known by address and waited for at the end', async () => {
  const held: (() => void)[] = [];
  const running = load([await gateway('a', (_, response) => held.push(() => response.end()))]);
  await vi.waitUntil(() => held.length >= 3, 10_000);

  expect(running.inFlight('127.0.0.1')).toBeGreaterThanOrEqual(3);
  const stopped = running.stop();
  const release = setInterval(() => {
    for (const answer of held.splice(0)) answer();
  }, 5);
  await stopped;
  clearInterval(release);

  expect(running.inFlight('127.0.0.1')).toBe(0);
  expect(running.counts()).toEqual({ requests: expect.any(Number), failed: 0 });
});
