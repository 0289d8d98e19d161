import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, ORDERS] = [ip(1), ip(2)];
const file = join(mkdtempSync(join(tmpdir(), 'log-')), 'access.log');

const mesh = (format?: object) => `
resources:
  virtualNode/front:
    listeners: [{ portMapping: { port: 8000, protocol: http } }]
    backends: [{ virtualService: { virtualServiceName: orders.local } }]
    logging: ${JSON.stringify({ accessLog: { file: { path: file, ...(format && { format }) } } })}
  virtualNode/orders: ${node([8080, 'http'])}
  virtualService/orders.local: { provider: { virtualNode: { virtualNodeName: orders } } }
${served({ orders: { stable: [ORDERS] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(),
  upstreams: [
    { name: 'front', address: FRONT, port: 8000 },
    { name: 'orders', address: ORDERS, port: 8080 },
  ],
});

/** The log's line about a path nobody else asks for. */
const lineAbout = (path: string) =>
  expect.poll(
    () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .find((line) => line.includes(path)),
    { timeout: 30_000 },
  );

describe('an access log', () => {
  test('has one line for each request in and out, in Envoy’s own format where none is declared', async () => {
    await traffic.client(8080).send({ path: '/out' });
    await traffic.inbound(8000).send({ path: '/in' });
    await lineAbout('/out').toMatch(/^\[20.*Z\] "GET \/out HTTP\/1.1" 200 /);
    await lineAbout('/in').toMatch(/^\[20.*Z\] "GET \/in HTTP\/1.1" 200 /);
  });

  test('is written in a declared text format', async () => {
    await traffic.apply(mesh({ text: '%REQ(:METHOD)% %REQ(:PATH)% to %UPSTREAM_CLUSTER% was %RESPONSE_CODE%\n' }));
    await traffic.client(8080).send({ path: '/text', method: 'POST' });
    await lineAbout('/text').toBe('POST /text to cds_egress_shop_orders_http_8080 was 200');
  });

  test('is written as JSON with the declared keys', async () => {
    const json = [
      { key: 'path', value: '%REQ(:PATH)%' },
      { key: 'status', value: '%RESPONSE_CODE%' },
    ];
    await traffic.apply(mesh({ json }));
    await traffic.client(8080).send({ path: '/json' });
    await lineAbout('/json').toSatisfy((line: string) => {
      expect(JSON.parse(line)).toEqual({ path: '/json', status: 200 });
      return true;
    });
  });
});
