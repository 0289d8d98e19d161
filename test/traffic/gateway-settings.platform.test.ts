import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { certificateAuthority } from '../support/certificates.ts';
import { grpcAnswer, grpcCall, grpcStatus } from '../support/grpc.ts';
import { http1, statuses } from '../support/http-client.ts';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [EDGE, SHOP, SECURE, GRPC] = [ip(1), ip(2), ip(3), ip(4)];
const log = join(mkdtempSync(join(tmpdir(), 'log-')), 'access.log');

const authority = certificateAuthority();
const own = authority.issue('edge.local');
const file = { certificateChain: own.certificateFile, privateKey: own.privateKeyFile };
const trust = { file: { certificateChain: authority.certificateFile } };
const secure = authority.issue('shop.local');

interface Gateway {
  readonly listener?: object;
  readonly protocol?: 'http' | 'http2' | 'grpc';
  readonly backendDefaults?: object;
  readonly logging?: object;
  readonly route?: object;
  readonly at?: string;
  readonly port?: number;
}

const target = { target: { virtualService: { virtualServiceName: 'shop.local' } } };
const everything = { httpRoute: { match: { prefix: '/' }, action: target } };

/** `edge` on 8088, with one gateway route to `shop.local`. */
function mesh({
  listener = {},
  protocol = 'http',
  backendDefaults,
  logging,
  route,
  at = SHOP,
  port = 8080,
}: Gateway = {}) {
  const listeners = [{ portMapping: { port: 8088, protocol }, ...listener }];
  const edge = { listeners, ...(backendDefaults && { backendDefaults }), ...(logging && { logging }) };
  const shop = JSON.parse(node([port, protocol === 'grpc' ? 'grpc' : 'http']));
  return `
resources:
  virtualGateway/edge: ${JSON.stringify(edge)}
  virtualGateway/edge/gatewayRoute/all: ${JSON.stringify(route ?? everything)}
  virtualNode/shop: ${JSON.stringify({ ...shop, serviceDiscovery: { dns: { hostname: 'shop.local' } } })}
  virtualService/shop.local: { provider: { virtualNode: { virtualNodeName: shop } } }
${served({ shop: { stable: [at] } })}`;
}

const traffic = useTraffic({
  address: EDGE,
  proxy: 'virtualGateway/edge',
  mesh: mesh(),
  upstreams: [
    { name: 'shop', address: SHOP, port: 8080 },
    {
      ...{ name: 'secure', address: SECURE, port: 8443 },
      tls: { cert: secure.certificate, key: secure.privateKey, ca: authority.certificate, requestCert: true },
    },
    { name: 'grpc', address: GRPC, port: 5000, protocol: 'http2' },
  ],
});

/** The status of a request over TLS of the client's own. */
async function overTls(options: object = {}): Promise<number> {
  const checked = { ca: authority.certificate, servername: 'edge.local', ...options };
  const client = http1(() => connect({ ...checked, socket: traffic.lab.dial(8088) }));
  const { status } = await client.send();
  client.close();
  return status;
}

describe('a gateway’s listener', () => {
  test('in TLS mode STRICT shows its certificate and refuses plain text', async () => {
    await traffic.apply(mesh({ listener: { tls: { mode: 'STRICT', certificate: { file } } } }));
    expect(await overTls()).toBe(200);
    expect((await traffic.direct(8088).send()).status).toBe(0);
  });

  test('in TLS mode PERMISSIVE takes TLS and plain text', async () => {
    await traffic.apply(mesh({ listener: { tls: { mode: 'PERMISSIVE', certificate: { file } } } }));
    expect(await overTls()).toBe(200);
    expect((await traffic.direct(8088).send()).status).toBe(200);
  });

  test('lets in clients whose certificate it validates, and no other', async () => {
    const subjectAlternativeNames = { match: { exact: ['client.local'] } };
    const tls = { mode: 'STRICT', certificate: { file }, validation: { trust, subjectAlternativeNames } };
    await traffic.apply(mesh({ listener: { tls } }));
    const showing = (name: string) => {
      const { certificate: cert, privateKey: key } = authority.issue(name);
      return { cert, key };
    };
    expect(await overTls(showing('client.local'))).toBe(200);
    expect(await overTls(showing('other.local'))).toBe(0);
    expect(await overTls()).toBe(0);
  });

  test('limits the requests that its connection pool allows towards a target', async () => {
    await traffic.apply(mesh({ protocol: 'http2', listener: { connectionPool: { http2: { maxRequests: 2 } } } }));
    traffic.app('shop').answer = () => ({ afterMs: 300 });
    const client = traffic.direct(8088, 'http2');
    const replies = await Promise.all(Array.from({ length: 5 }, () => client.send()));
    expect(statuses(replies)).toEqual([200, 200, 503, 503, 503]);
  });

  test('limits the connections and the queue that its connection pool allows towards a target', async () => {
    await traffic.apply(mesh({ listener: { connectionPool: { http: { maxConnections: 1, maxPendingRequests: 1 } } } }));
    traffic.app('shop').answer = () => ({ afterMs: 1000 });
    const client = traffic.direct(8088);
    const first = client.send();
    await expect.poll(() => traffic.app('shop').seen.length).toBe(1);
    const replies = await Promise.all([first, ...Array.from({ length: 4 }, () => client.send())]);
    expect(statuses(replies)).toEqual([200, 200, 503, 503, 503]);
  });
});

describe('a gateway', () => {
  test('speaks TLS to its targets by its client policy, and shows its certificate', async () => {
    const subjectAlternativeNames = { match: { exact: ['shop.local'] } };
    const validation = { trust, subjectAlternativeNames };
    const clientPolicy = { tls: { enforce: true, ports: [8443], certificate: { file }, validation } };
    await traffic.apply(mesh({ backendDefaults: { clientPolicy }, at: SECURE, port: 8443 }));
    expect((await traffic.direct(8088).send()).app).toBe('secure');
    expect(traffic.app('secure').seen[0]?.peer).toBe('DNS:edge.local');
  });

  test('writes its access log in the declared format', async () => {
    const format = { json: [{ key: 'path', value: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%' }] };
    await traffic.apply(mesh({ logging: { accessLog: { file: { path: log, format } } } }));
    await traffic.direct(8088).send({ path: '/logged' });
    await expect.poll(() => readFileSync(log, 'utf8'), { timeout: 30_000 }).toContain('{"path":"/logged"}');
  });

  test('leads gRPC calls to a service by the service they name, its host and their metadata', async () => {
    const match = {
      serviceName: 'shop.Orders',
      hostname: { exact: 'shop.example.com' },
      metadata: [{ name: 'x-a', match: { exact: '1' } }],
    };
    const grpcRoute = { match, action: { ...target, rewrite: { hostname: { defaultTargetHostname: 'DISABLED' } } } };
    await traffic.apply(mesh({ protocol: 'grpc', route: { grpcRoute }, at: GRPC, port: 5000 }));
    traffic.app('grpc').answer = () => grpcAnswer('ok');
    const client = traffic.direct(8088, 'http2');
    const call = { ...grpcCall('shop.Orders/Get', { 'x-a': '1' }), host: 'shop.example.com' };
    expect(grpcStatus(await client.send(call))).toBe(0);
    expect(traffic.app('grpc').seen).toMatchObject([
      { url: '/shop.Orders/Get', headers: { ':authority': 'shop.example.com' } },
    ]);
    const others = [grpcCall('shop.Pay/Get', { 'x-a': '1' }), grpcCall('shop.Orders/Get', { 'x-a': '2' })];
    for (const other of others) expect((await client.send({ ...other, host: 'shop.example.com' })).app).toBe('');
    expect((await client.send({ ...call, host: 'pay.example.com' })).app).toBe('');
  });
});
