import { describe, expect, test } from 'vitest';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { converse, startTcpUpstream } from '../support/tcp-upstream.ts';
import { secured } from '../support/tls-client.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, ORDERS, OUTSIDE] = [ip(1), ip(2), ip(3)];

const mesh = (filter: 'ALLOW_ALL' | 'DROP_ALL' | undefined) => `
spec: ${filter === undefined ? '{}' : `{ egressFilter: { type: ${filter} } }`}
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualNode/orders: ${node([8080, 'http'])}
  virtualService/orders.local: { provider: { virtualNode: { virtualNodeName: orders } } }
  virtualService/secret.local: { provider: { virtualNode: { virtualNodeName: orders } } }
${served({ orders: { stable: [ORDERS] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(undefined),
  upstreams: [{ name: 'orders', address: ORDERS, port: 8080 }],
});

/** Only root may take port 443, even of a loopback address. */
const mayServe443 = process.getuid?.() === 0;
const isLine = (text: string) => text.endsWith('\n');

/** What a server outside the mesh answers to a redirected connection; nothing when it never gets there. */
async function outside(port: number): Promise<string> {
  const server = await startTcpUpstream({ address: OUTSIDE, port, answer: (text) => `outside heard ${text}` });
  try {
    return await converse(traffic.lab.dial(15001, { address: OUTSIDE, port }), isLine, 'hello\n');
  } finally {
    await server.close();
  }
}

/** A TLS ClientHello names its server in plain text, which is all that Envoy looks at. */
async function outsideByName(servername: string): Promise<{ error: string; accepted: number }> {
  const server = await startTcpUpstream({ address: OUTSIDE, port: 443, answer: () => 'no TLS here' });
  const error = await secured(traffic.lab.dial(15001, { address: OUTSIDE, port: 443 }), { servername });
  await server.close();
  return { error: String(error), accepted: server.accepted };
}

describe.each(['DROP_ALL', undefined] as const)('with the egress filter at %s', (filter) => {
  test('nothing outside the mesh is reached', async () => {
    await traffic.apply(mesh(filter));
    expect(await outside(9000)).toBe('');
  });

  test.runIf(mayServe443)('AWS’s own endpoints are reached, and no other name on 443', async () => {
    await traffic.apply(mesh(filter));
    expect(await outsideByName('s3.eu-west-1.amazonaws.com')).toMatchObject({ accepted: 1 });
    expect(await outsideByName('example.com')).toMatchObject({ accepted: 0 });
  });

  test('declared backends are reached, and other services of the mesh are not', async () => {
    await traffic.apply(mesh(filter));
    const client = traffic.client(8080);
    expect((await client.send({ host: 'orders.local' })).app).toBe('orders');
    expect((await client.send({ host: 'secret.local' })).status).toBe(404);
  });
});

describe('with the egress filter at ALLOW_ALL', () => {
  test('anything is reached where it was meant to go', async () => {
    await traffic.apply(mesh('ALLOW_ALL'));
    expect(await outside(9000)).toBe('outside heard hello\n');
  });

  test.runIf(mayServe443)('anything is reached on 443 as well, by any name or none', async () => {
    await traffic.apply(mesh('ALLOW_ALL'));
    expect(await outside(443)).toBe('outside heard hello\n');
    expect(await outsideByName('example.com')).toMatchObject({ accepted: 1 });
  });

  test('declared backends are still routed', async () => {
    await traffic.apply(mesh('ALLOW_ALL'));
    expect((await traffic.client(8080).send({ host: 'orders.local' })).app).toBe('orders');
  });
});
