import { createServer, get, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loopbackNetwork } from '../support/loopback.ts';
import { eventually } from './eventually.ts';
import { LocalControlPlane } from './local-control-plane.ts';
import { shopSnapshot } from './shop-mesh.ts';
import { bundleAgent, Sidecar } from './sidecar.ts';

const address = loopbackNetwork();
let plane: LocalControlPlane;
let sidecar: Sidecar;
let servers: Server[];

async function serve(host: number, port: number): Promise<Server> {
  const server = createServer((request, response) => response.writeHead(request.url === '/bad' ? 500 : 200).end('ok'));
  await new Promise<void>((resolve) => server.listen(port, address(host), resolve));
  return server;
}

/** GET of the agent's own API. */
function metrics(query = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    get(`http://${address(2)}:9902/stats/prometheus${query}`, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

beforeAll(async () => {
  let bundle: string;
  [plane, bundle, ...servers] = await Promise.all([
    LocalControlPlane.start(),
    bundleAgent(),
    serve(2, 8080),
    serve(3, 15_100),
  ]);
  sidecar = new Sidecar(address(2), 'metrics', bundle);
  await plane.push(shopSnapshot({ rev: 1, stable: [address(3)] }));
  await sidecar.start(plane, {
    APPNET_AGENT_ADMIN_MODE: 'tcp',
    APPMESH_METRIC_EXTENSION_VERSION: '1',
    ENABLE_ENVOY_STATS_TAGS: '1',
  });
  await eventually('an answer', async () => (await sidecar.get('orders.local:8080')).status === 200 || undefined);
});

afterAll(async () => {
  await sidecar.dispose();
  for (const server of servers) server.close();
  await plane.stop();
});

test("App Mesh's metrics count what Envoy really did, under App Mesh's names", async () => {
  const value = async (name: string, target = ',TargetVirtualNode="orders"') => {
    const text = await metrics('?filter=metrics_extension');
    const found = new RegExp(`^envoy_appmesh_${name}\\{Mesh="shop",VirtualNode="front"${target}[^}]*\\} (\\d+)$`, 'm');
    return Number(found.exec(text)?.[1] ?? 0);
  };
  const before = { all: await value('RequestCountPerTarget'), inward: await value('RequestCount', '') };
  for (let i = 0; i < 5; i++) await sidecar.get('orders.local:8080');
  await sidecar.get('orders.local:8080', '/bad');
  for (let i = 0; i < 4; i++) await sidecar.get('front.local', '/', 15_100);
  await eventually('six requests to orders', async () => (await value('RequestCountPerTarget')) >= before.all + 6);
  expect(await value('HTTPCode_Target_5XX_Count')).toBeGreaterThan(0);
  expect(await value('HTTPCode_Target_2XX_Count')).toBeGreaterThanOrEqual(5);
  expect(await value('TargetProcessedBytes')).toBeGreaterThan(0);
  expect(await value('TargetResponseTime_count')).toBeGreaterThan(0);
  expect(await value('RequestCount', '')).toBe(before.inward + 4);
  expect(await value('NewConnectionCount', '')).toBeGreaterThan(0);
  expect(await value('ProcessedBytes', '')).toBeGreaterThan(0);
});

test("without the filter the agent passes Envoy's own statistics on, tagged with mesh and node", async () => {
  const text = await metrics('?usedonly');
  expect(text).toMatch(/^envoy_cluster_upstream_rq_total\{[^}]*appmesh_mesh="shop"[^}]*\}/m);
  expect(text).toMatch(/appmesh_virtual_node="front"/);
});
