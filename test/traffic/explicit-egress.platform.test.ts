import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { converse, startTcpUpstream } from '../support/tcp-upstream.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, ORDERS, DB, CACHE, OUTSIDE] = [ip(1), ip(2), ip(3), ip(4), ip(5)];

const mesh = (filter: 'ALLOW_ALL' | 'DROP_ALL') => `
spec: { egressFilter: { type: ${filter} } }
resources:
  virtualNode/front:
    backends:
      - virtualService: { virtualServiceName: orders.local }
      - virtualService: { virtualServiceName: db.local }
      - virtualService: { virtualServiceName: cache.local }
  virtualNode/orders: ${node([8080, 'http'])}
  virtualNode/db: ${node([3306, 'tcp'])}
  virtualNode/cache: ${node([3306, 'tcp'])}
  virtualService/orders.local: { provider: { virtualNode: { virtualNodeName: orders } } }
  virtualService/db.local: { provider: { virtualNode: { virtualNodeName: db } } }
  virtualService/cache.local: { provider: { virtualNode: { virtualNodeName: cache } } }
${served({ orders: { stable: [ORDERS] }, db: { stable: [DB] }, cache: { stable: [CACHE] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  interception: 'explicit',
  mesh: mesh('DROP_ALL'),
  upstreams: [
    { name: 'orders', address: ORDERS, port: 8080 },
    { name: 'outside', address: OUTSIDE, port: 9000 },
  ],
});

const isLine = (text: string) => text.endsWith('\n');
const outside = `${OUTSIDE}:9000`;

/** What comes back when the application asks its sidecar for a tunnel to `authority` and then speaks through it. */
function tunnelled(authority: string): Promise<string> {
  const ask = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
  const speak = `GET / HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`;
  const socket = traffic.lab.dial(15001);
  socket.once('data', () => socket.write(speak));
  return converse(socket, (text) => text.includes('\r\n\r\nHTTP/1.1') || text.startsWith('HTTP/1.1 4'), ask);
}

describe('without redirection, with the egress filter at ALLOW_ALL', () => {
  test('a request reaches the host it names, in the mesh or not', async () => {
    await traffic.apply(mesh('ALLOW_ALL'));
    const client = traffic.direct(15001);
    expect((await client.send({ host: 'orders.local' })).app).toBe('orders');
    expect((await client.send({ host: outside })).app).toBe('outside');
  });

  test('a tunnel reaches the host it names, as HTTPS needs', async () => {
    await traffic.apply(mesh('ALLOW_ALL'));
    expect(await tunnelled(outside)).toMatch(/^HTTP\/1.1 200 OK[\s\S]*\r\n\r\nHTTP\/1.1 200 OK/);
  });
});

describe('without redirection, with the egress filter at DROP_ALL', () => {
  test('nothing outside the mesh is reached, by request or by tunnel', async () => {
    await traffic.apply(mesh('DROP_ALL'));
    expect((await traffic.direct(15001).send({ host: outside })).status).toBe(404);
    expect(await tunnelled(outside)).toMatch(/^HTTP\/1.1 404/);
    expect(traffic.app('outside').seen).toEqual([]);
  });
});

test('each TCP backend has a port of its own, in the order of the spec, and the server may speak first', async () => {
  const servers = await Promise.all([
    startTcpUpstream({ address: DB, port: 3306, greeting: 'db\n', answer: (text) => text }),
    startTcpUpstream({ address: CACHE, port: 3306, greeting: 'cache\n', answer: (text) => text }),
  ]);
  expect(await converse(traffic.lab.dial(15201), isLine)).toBe('db\n');
  expect(await converse(traffic.lab.dial(15202), isLine)).toBe('cache\n');
  await Promise.all(servers.map((server) => server.close()));
});

test('a neighbour cannot use the sidecar as its proxy', async () => {
  await traffic.apply(mesh('ALLOW_ALL'));
  const neighbour = connect({ port: 15001, host: FRONT, localAddress: OUTSIDE });
  const ask = `GET / HTTP/1.1\r\nHost: ${outside}\r\n\r\n`;
  expect(await converse(neighbour, () => true, ask)).toBe('');
});
