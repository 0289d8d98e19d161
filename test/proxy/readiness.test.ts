import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Readiness } from '../../proxy/agent/readiness.ts';

let servers: Server[] = [];
let watch: Readiness | undefined;

afterEach(() => {
  watch?.stop();
  for (const server of servers) server.close();
  servers = [];
});

async function listening(address: string): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return (server.address() as { port: number }).port;
}

/** What the first look says of a task whose Envoy is live and whose app has these ports. */
function firstLook(appAddresses: readonly string[], ports: readonly number[]): Promise<boolean> {
  return new Promise((resolve) => {
    watch = new Readiness({
      admin: { serverInfo: async () => ({ state: 'LIVE', version: '1.40.0' }) },
      appAddresses,
      appPorts: () => ports,
      looked: resolve,
    });
    watch.start();
  });
}

test('a task is ready when every port of its app accepts on one of its addresses', async () => {
  const [one, other] = [await listening('127.0.0.1'), await listening('127.0.0.2')];
  expect(await firstLook(['127.0.0.1', '127.0.0.2'], [one, other])).toBe(true);
});

test('a task is not ready while a port accepts nowhere', async () => {
  const [one, other] = [await listening('127.0.0.1'), await listening('127.0.0.2')];
  expect(await firstLook(['127.0.0.1'], [one, other])).toBe(false);
});
