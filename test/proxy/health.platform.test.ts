import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '#mesh/compile-proxy.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { proxyId, viewOf } from '../support/mesh-view.ts';
import { LocalControlPlane } from './local-control-plane.ts';
import { snapshotOf } from './shop-mesh.ts';
import { bundleAgent, Sidecar } from './sidecar.ts';

const address = loopbackNetwork();
let plane: LocalControlPlane;
let sidecar: Sidecar;
let silent: Server;

beforeAll(async () => {
  let bundle: string;
  [plane, bundle] = await Promise.all([LocalControlPlane.start(), bundleAgent()]);
  silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(15_100, address(3), resolve));
  sidecar = new Sidecar(address(2), 'health', bundle);
});

afterAll(async () => {
  await sidecar.dispose();
  silent.closeAllConnections();
  silent.close();
  await plane.stop();
});

/** `front`, which calls `orders`: one task that accepts connections and never answers, checked with the longest timeout there is. */
function snapshot(rev: number, isCalled: boolean) {
  const healthCheck = { protocol: 'http', path: '/', healthyThreshold: 2, unhealthyThreshold: 2 };
  const times = { intervalMillis: 300_000, timeoutMillis: 60_000 };
  const view = viewOf({
    resources: {
      'virtualNode/front': {
        backends: isCalled ? [{ virtualService: { virtualServiceName: 'orders.local' } }] : [],
      },
      'virtualNode/orders': {
        listeners: [{ portMapping: { port: 8080, protocol: 'http' }, healthCheck: { ...healthCheck, ...times } }],
      },
      'virtualService/orders.local': { provider: { virtualNode: { virtualNodeName: 'orders' } } },
    },
    endpoints: { orders: [{ task: 't', deployment: 'd', address: address(3), interception: 'explicit' }] },
    splits: { orders: { stable: ['d'] } },
  });
  return snapshotOf(rev, compile(view, proxyId(view, 'virtualNode/front'), { interception: 'explicit' }).resources);
}

test('a task that answers no health check holds up no snapshot', async () => {
  await plane.push(snapshot(1, false));
  await sidecar.start(plane);
  await plane.ack(({ rev, ready }) => rev === 1 && ready, 'an ack of the first snapshot');
  await plane.push(snapshot(2, true));
  const ack = await plane.ack(({ rev, rejected }) => rev === 2 || rejected !== undefined, 'an ack of the second');
  expect(ack.rejected).toBeUndefined();
});
