import { afterAll, beforeAll, expect, test } from 'vitest';
import { certificateAuthority, type TestCertificate } from '../support/certificates.ts';
import { EnvoyLab } from '../support/envoy-lab.ts';
import { grpcAnswer, grpcCall, grpcStatus } from '../support/grpc.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, STABLE, CANARY] = [ip(1), ip(2), ip(3)];

const authority = certificateAuthority();
const [front, orders] = [authority.issue('spiffe://shop/front'), authority.issue('spiffe://shop/orders')];
const shown = ({ certificateFile, privateKeyFile }: TestCertificate) => ({
  file: { certificateChain: certificateFile, privateKey: privateKeyFile },
});
const from = (name: string) => ({
  trust: { file: { certificateChain: authority.certificateFile } },
  subjectAlternativeNames: { match: { exact: [name] } },
});

const listener = {
  portMapping: { port: 5000, protocol: 'grpc' },
  tls: { mode: 'STRICT', certificate: shown(orders), validation: from('spiffe://shop/front') },
};
const policy = { tls: { certificate: shown(front), validation: from('spiffe://shop/orders') } };
const task = (address: string, deployment: string) => ({
  task: address,
  deployment,
  address,
  interception: 'explicit',
});

/** `front` and the two revisions of `orders`, each behind an Envoy of its own. */
const mesh = (basisPoints: number) => `
resources:
  virtualNode/front: ${JSON.stringify({ backends: [{ virtualService: { virtualServiceName: 'orders.local', clientPolicy: policy } }] })}
  virtualNode/orders: ${JSON.stringify({ listeners: [listener], serviceDiscovery: { dns: { hostname: 'orders.local' } } })}
  virtualService/orders.local: { provider: { virtualNode: { virtualNodeName: orders } } }
endpoints: ${JSON.stringify({ orders: [task(STABLE, 'd1'), task(CANARY, 'd2')] })}
splits: ${JSON.stringify({ orders: { stable: ['d1'], canary: { deployment: 'd2', basisPoints, shield: 'safe-methods', rollout: 'r', reportEveryMs: 1000 } } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(0),
  upstreams: [
    { name: 'stable', address: STABLE, port: 5000, protocol: 'http2' },
    { name: 'canary', address: CANARY, port: 5000, protocol: 'http2' },
  ],
});

const servers: EnvoyLab[] = [];

beforeAll(async () => {
  for (const address of [STABLE, CANARY])
    servers.push(await EnvoyLab.start(address, mesh(0), 'virtualNode/orders', 'explicit'));
});

afterAll(() => {
  for (const server of servers) server.stop();
});

test.each([
  [0, 'stable'],
  [10_000, 'canary'],
])(
  'gRPC calls go through two proxies that prove who they are, with %i basis points to %s',
  async (basisPoints, name) => {
    traffic.app(name).answer = () => grpcAnswer('ok');
    await traffic.apply(mesh(basisPoints));

    const reply = await traffic.client(5000, 'http2').send(grpcCall('shop.Orders/Get'));

    expect([reply.app, grpcStatus(reply)]).toEqual([name, 0]);
  },
);

test('nobody else gets in: not in plain text', async () => {
  const plain = await servers[0]?.send({ port: 15100 });
  expect(plain).toBe(0);
});
