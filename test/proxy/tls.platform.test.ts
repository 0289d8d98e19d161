import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { compile } from '#mesh/compile-proxy.ts';
import type { ClientPolicyTls, Listener, ListenerTls } from '#mesh/model/spec.gen.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import { certificateAuthority } from '../support/certificates.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { proxyId, viewOf } from '../support/mesh-view.ts';
import { certificateSecret, serveSecrets, trustSecret } from '../support/sds-server.ts';
import { AcmStandIn, AUTHORITY_ARN, CERTIFICATE_ARN } from './acm-stand-in.ts';
import { eventually } from './eventually.ts';
import { LocalControlPlane } from './local-control-plane.ts';
import { snapshotOf } from './shop-mesh.ts';
import { bundleAgent, Sidecar } from './sidecar.ts';

const OWNER = '000000000000';
const ORDERS = 'orders.local:8080';
const authority = certificateAuthority();
let plane: LocalControlPlane;
let bundle: string;
let address: (host: number) => string;
let sidecars: Sidecar[];
let ends: (() => void)[];
let app: Server;
let acm: AcmStandIn;
let env: Record<string, string>;
let rev = 0;

/** How `front` and `orders` speak to each other; `plain` is a second listener of `orders` without TLS. */
interface Way {
  readonly server: ListenerTls;
  readonly client?: ClientPolicyTls;
  readonly healthCheck?: Listener['healthCheck'];
}

const strict = (certificate: ListenerTls['certificate']): ListenerTls => ({ mode: 'STRICT', certificate });

/** Stores what both proxies are to do, as the compiler says. */
async function store({ server, client, healthCheck }: Way): Promise<void> {
  const provider = (node: string) => ({ provider: { virtualNode: { virtualNodeName: node } } });
  const endpoint = { task: 't', deployment: 'd', address: address(3), interception: 'explicit' as const };
  const view = viewOf({
    resources: {
      'virtualNode/front': {
        backends: [
          { virtualService: { virtualServiceName: 'orders.local', ...(client && { clientPolicy: { tls: client } }) } },
          { virtualService: { virtualServiceName: 'plain.local' } },
        ],
      },
      'virtualNode/orders': {
        listeners: [
          { portMapping: { port: 8080, protocol: 'http' }, tls: server, ...(healthCheck && { healthCheck }) },
        ],
        serviceDiscovery: { dns: { hostname: 'orders.local' } },
      },
      'virtualNode/plain': { listeners: [{ portMapping: { port: 8080, protocol: 'http' } }] },
      'virtualService/orders.local': provider('orders'),
      'virtualService/plain.local': provider('plain'),
    },
    endpoints: { orders: [endpoint], plain: [{ ...endpoint, address: address(4) }] },
    splits: { orders: { stable: ['d'] }, plain: { stable: ['d'] } },
  });
  rev += 1;
  for (const name of ['front', 'orders']) {
    const { resources } = compile(view, proxyId(view, `virtualNode/${name}`), { interception: 'explicit' });
    await plane.push({
      ...snapshotOf(rev, resources),
      proxy: proxyKey({ owner: OWNER, mesh: 'shop', kind: 'vn', name }),
    });
  }
}

async function start(name: string, host: number, more: Record<string, string> = {}): Promise<Sidecar> {
  const sidecar = new Sidecar(address(host), `${name}${rev}`, bundle);
  sidecars.push(sidecar);
  const APPMESH_RESOURCE_ARN = `arn:aws:appmesh:us-east-1:${OWNER}:mesh/shop/virtualNode/${name}`;
  await sidecar.start(plane, { ...env, ...more, APPMESH_RESOURCE_ARN });
  return sidecar;
}

/** Waits until `front` gets `status` from `host`. */
const answers = (front: Sidecar, host: string, status: number) =>
  eventually(`${status} from ${host}`, async () => ((await front.get(host)).status === status ? true : undefined));

/** The certificate that `orders` shows. */
function shown(): Promise<string | undefined> {
  const socket = connect({ host: address(3), port: 15_100, ca: authority.certificate, servername: 'orders.local' });
  return new Promise((resolve) => {
    socket.once('secureConnect', () => {
      resolve(socket.getPeerX509Certificate()?.toString());
      socket.destroy();
    });
    socket.once('error', () => resolve(undefined));
  });
}

/** What `orders` answers to a request over TLS that shows no certificate. */
function answerToStranger(): Promise<string> {
  const socket = connect({ host: address(3), port: 15_100, rejectUnauthorized: false });
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nhost: orders.local\r\nconnection: close\r\n\r\n');
  return new Promise((resolve) => socket.on('close', () => resolve(text)));
}

async function listen(host: number, port: number): Promise<Server> {
  const server = createServer((_, response) => response.end('orders'));
  await new Promise<void>((resolve) => server.listen(port, address(host), resolve));
  return server;
}

beforeAll(async () => {
  [plane, bundle] = await Promise.all([LocalControlPlane.start(), bundleAgent()]);
});

afterAll(() => plane.stop());

beforeEach(async () => {
  address = loopbackNetwork();
  sidecars = [];
  acm = new AcmStandIn(authority, authority.issue('orders.local'));
  const url = await acm.start();
  env = { AWS_ENDPOINT_URL_ACM: url, AWS_ENDPOINT_URL_ACM_PCA: url, WEIR_SECRET_RENEWAL_S: '1' };
  app = await listen(3, 8080);
  const plain = await listen(4, 15_100);
  ends = [() => acm.stop(), () => plain.close(), () => app.close()];
});

afterEach(async () => {
  await Promise.all(sidecars.map((sidecar) => sidecar.dispose()));
  for (const end of ends) end();
});

test('certificates of ACM come by the agent: traffic is encrypted, checked against the CA, and renewed under way', async () => {
  const validation = { trust: { acm: { certificateAuthorityArns: [AUTHORITY_ARN] } } };
  await store({ server: strict({ acm: { certificateArn: CERTIFICATE_ARN } }), client: { validation } });
  const [front, orders] = await Promise.all([start('front', 2), start('orders', 3)]);
  await answers(front, ORDERS, 200);
  const before = await shown();
  expect(before).toBe(acm.certificate.certificate);
  acm.certificate = authority.issue('orders.local');
  await eventually('the renewed certificate', async () => (await shown()) === acm.certificate.certificate || undefined);
  expect((await front.get(ORDERS)).status).toBe(200);
  // One for another name ends trust, which shows that it was checked; connections that stand are not.
  acm.certificate = authority.issue('other.local');
  await orders.crash();
  await start('orders', 3);
  await answers(front, ORDERS, 503);
});

test('without a client policy an ACM certificate is checked against the root that it leads to', async () => {
  await store({ server: strict({ acm: { certificateArn: CERTIFICATE_ARN } }) });
  const [front, orders] = await Promise.all([start('front', 2), start('orders', 3)]);
  await answers(front, ORDERS, 200);
  acm.certificate = certificateAuthority('nobody').issue('orders.local');
  await orders.crash();
  await start('orders', 3);
  await answers(front, ORDERS, 503);
});

test('a permission that is missing stops nothing else, is reported with its IAM action, and is enough when it comes', async () => {
  acm.denied.add('ExportCertificate');
  await store({ server: strict({ acm: { certificateArn: CERTIFICATE_ARN } }) });
  const [front, orders] = await Promise.all([start('front', 2), start('orders', 3)]);
  await answers(front, 'plain.local:8080', 200);
  const { problem } = await orders.event('secretUnavailable');
  expect(problem).toContain(`the task role may not acm:ExportCertificate on ${CERTIFICATE_ARN}`);
  const ack = await plane.ack(({ problems }) => problems !== undefined, 'an ack that names the problem');
  expect(ack.problems).toEqual([problem]);
  expect((await front.get(ORDERS)).status).toBe(503);
  acm.denied.clear();
  await answers(front, ORDERS, 200);
});

test("secrets of the task's own SDS server serve both ends of mutual TLS, and health is checked through it", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sds-'));
  const [front, orders] = ['spiffe://shop/front', 'spiffe://shop/orders'] as const;
  const secrets = [
    ...[front, orders].map((name) => certificateSecret(name, authority.issue(name))),
    trustSecret('spiffe://shop', authority),
  ];
  ends.push(await serveSecrets(join(folder, 'sds.sock'), secrets));
  const trusting = (name: string) => ({
    trust: { sds: { secretName: 'spiffe://shop' } },
    subjectAlternativeNames: { match: { exact: [name] } },
  });
  const healthCheck = { protocol: 'http', path: '/', healthyThreshold: 2, unhealthyThreshold: 2 } as const;
  await store({
    server: { ...strict({ sds: { secretName: orders } }), validation: trusting(front) },
    client: { certificate: { sds: { secretName: front } }, validation: trusting(orders) },
    healthCheck: { ...healthCheck, intervalMillis: 5000, timeoutMillis: 2000 },
  });
  const socket = { APPMESH_SDS_SOCKET_PATH: join(folder, 'sds.sock') };
  const [client] = await Promise.all([start('front', 2, socket), start('orders', 3, socket)]);
  await answers(client, ORDERS, 200);
  await eventually('a health check that passed', async () => {
    const { body } = await client.admin('/stats?filter=health_check.success$');
    return Number(/health_check.success: (\d+)/.exec(body)?.[1]) > 0 || undefined;
  });
  expect(await answerToStranger()).toBe('');
});
