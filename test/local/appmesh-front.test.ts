import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AppMeshFront, startAppMeshFront } from '../../local/appmesh-front.ts';

let api: Server;
let front: AppMeshFront;
let answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
beforeEach(async () => {
  api = createServer((incoming, outgoing) => answer(incoming, outgoing));
  await new Promise<void>((listening) => api.listen(0, '127.0.0.1', listening));
  front = await startAppMeshFront(`http://127.0.0.1:${(api.address() as AddressInfo).port}/_aws/execute-api/abc`);
});
afterEach(async () => {
  await front.close();
  api.closeAllConnections();
  await new Promise((closed) => api.close(closed));
});

/** Sends bytes as they are: `fetch` would normalise the path. */
function get(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const { hostname: host, port } = new URL(front.url);
  return new Promise((answered, failed) => {
    request({ host, port, path, headers }, answered).on('error', failed).end();
  });
}

test('the prefix is all it adds: path, query and Host arrive byte for byte', async () => {
  const seen: (string | undefined)[] = [];
  answer = (incoming, outgoing) => {
    seen.push(incoming.url, incoming.headers.host, incoming.headers['x-repeated']?.toString());
    outgoing.end();
  };
  await get('/v20190125/meshes/a%2Fb%20c%25z/../x?limit=%31&x=%2f', { host: 'mesh.example:1', 'x-repeated': 'a' });
  expect(seen).toEqual([
    '/_aws/execute-api/abc/v20190125/meshes/a%2Fb%20c%25z/../x?limit=%31&x=%2f',
    'mesh.example:1',
    'a',
  ]);
});

test('an answer arrives while it is still being written', async () => {
  let finish = () => {};
  answer = (_, outgoing) => {
    outgoing.writeHead(201, { 'x-amzn-errortype': 'None' });
    outgoing.write('first');
    finish = () => outgoing.end('last');
  };
  const response = await get('/v20190125/meshes');
  expect(response.statusCode).toBe(201);
  expect(response.headers['x-amzn-errortype']).toBe('None');
  const received: string[] = [];
  for await (const chunk of response) {
    received.push(String(chunk));
    finish();
  }
  expect(received.join('|')).toBe('first|last');
});

test('an API that is gone is a 502 that says so', async () => {
  answer = (incoming) => incoming.socket.destroy();
  const response = await fetch(`${front.url}/v20190125/meshes`);
  expect(response.status).toBe(502);
  expect(await response.json()).toEqual({ message: expect.stringContaining('The local API does not answer') });
});

test('an API that breaks off in mid-answer breaks off for the client too', async () => {
  answer = (incoming, outgoing) => {
    outgoing.write('half');
    setImmediate(() => incoming.socket.destroy());
  };
  await expect(fetch(`${front.url}/v20190125/meshes`).then((response) => response.text())).rejects.toThrow();
});
