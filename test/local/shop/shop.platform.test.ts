import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';

const children: ChildProcess[] = [];
const servers: Server[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) server.close();
});

const address = () => `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(2, 255)}`;

type Running = { child: ChildProcess; url: string; log: () => Record<string, unknown>[] };

async function app(name: 'orders' | 'payments', at: string, env: Record<string, string> = {}): Promise<Running> {
  const script = fileURLToPath(new URL(`../../../local/shop/${name}.ts`, import.meta.url));
  const environment = { ...env, WEIR_APP_ADDRESS: at, WEIR_BIND_ADDRESS: at };
  const child = spawn(process.execPath, [script], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const log = () =>
    text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  await vi.waitUntil(() => log().some(({ event }) => event === 'listening'), 20_000);
  return { child, url: `http://${at}:8080`, log };
}

/** Plays the task's own sidecar: an HTTP proxy on its egress port that knows `payments.shop.local`. */
async function sidecar(at: string, status = 200): Promise<string[]> {
  const hosts: string[] = [];
  const server = createServer(({ headers }, response) => {
    hosts.push(headers.host ?? '');
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"payment":"accepted"}');
  });
  servers.push(server.listen(15_001, at));
  await once(server, 'listening');
  return hosts;
}

test('orders calls payments through its own sidecar, by Host', async () => {
  const at = address();
  const hosts = await sidecar(at);
  const orders = await app('orders', at, { VERSION: 'v2' });

  const answer = await fetch(`${orders.url}/`);

  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    service: 'orders',
    version: 'v2',
    order: 'placed',
    payment: { payment: 'accepted' },
  });
  expect(hosts).toEqual(['payments.shop.local']);
});

test('orders says 502 when payments fails, and stays healthy', async () => {
  const at = address();
  await sidecar(at, 503);
  const orders = await app('orders', at);

  expect((await fetch(`${orders.url}/`)).status).toBe(502);
  expect((await fetch(`${orders.url}/health`)).status).toBe(200);
});

test('a broken release logs the time of its first failure once', async () => {
  const payments = await app('payments', address(), { VERSION: 'v3', FAIL_PERCENT: '100' });
  const before = Date.now();

  for (let request = 0; request < 3; request++) expect((await fetch(payments.url)).status).toBe(500);

  const failures = payments.log().filter(({ event }) => event === 'firstFailure');
  expect(failures).toEqual([{ at: expect.any(Number), event: 'firstFailure', version: 'v3', status: 500 }]);
  expect(failures[0]?.['at']).toBeGreaterThanOrEqual(before);
});

test('an app told to end serves on while requests arrive, then exits 0', async () => {
  const payments = await app('payments', address());
  payments.child.kill('SIGTERM');
  const exited = once(payments.child, 'exit');
  await vi.waitUntil(() => payments.log().some(({ event }) => event === 'draining'), 5_000);

  for (let request = 0; request < 10; request++) {
    expect((await fetch(payments.url)).status).toBe(200);
    await delay(20);
  }

  expect(await exited).toEqual([0, null]);
});
