import { createServer } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { claimNetwork, type Network, NetworkExhausted } from '../../local/network.ts';

const claimed: Network[] = [];
async function claim(): Promise<Network> {
  const network = await claimNetwork();
  claimed.push(network);
  return network;
}
afterEach(async () => {
  vi.unstubAllGlobals();
  await Promise.all(claimed.splice(0).map((network) => network.close()));
});

test('two runs never share a network', async () => {
  const networks = await Promise.all(Array.from({ length: 20 }, claim));
  expect(new Set(networks.map(({ cidr }) => cidr)).size).toBe(20);
});

test('an address of it can be listened on', async () => {
  const address = (await claim()).take();
  const server = createServer();
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(0, address, listening));
  await new Promise((closed) => server.close(closed));
});

test('addresses are handed out once each, never the run’s own, and a released one last of all', async () => {
  const network = await claim();
  const first = network.take();
  network.release(first);
  network.release(first);
  const rest = Array.from({ length: 253 }, () => network.take());
  expect(new Set(rest).size).toBe(253);
  expect(rest).not.toContain(network.host);
  expect(rest.at(-1)).toBe(first);
  expect(() => network.take()).toThrow(NetworkExhausted);
});

test('a foreign address cannot be released into it', async () => {
  const network = await claim();
  network.release('10.0.0.1');
  const all = Array.from({ length: 253 }, () => network.take());
  expect(all).not.toContain('10.0.0.1');
});

test('other systems than Linux are told so', async () => {
  vi.stubGlobal('process', { ...process, platform: 'darwin' });
  await expect(claimNetwork()).rejects.toThrow('Local mode needs Linux');
});
