import { beforeEach, describe, expect, test } from 'vitest';
import { compile } from '#mesh/compile-proxy.ts';
import { livingAddresses } from '#mesh/ir/living-addresses.ts';
import { keepLastGood, type SentLast } from '#mesh/last-good.ts';
import { node, served } from '../support/lab-mesh.ts';
import { placedResources } from '../support/lab-resources.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { meshView, proxyId } from '../support/mesh-view.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, ORDERS, USERS, SPARE] = [ip(1), ip(2), ip(3), ip(4)];
const CALLS = 20;

/** `front` calls `orders.local` and `users.local`; the route of the former says port 8080, wherever orders listens. */
const mesh = (port: number, users = 'users', tasks: readonly string[] = [ORDERS]) => `
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }, { virtualService: { virtualServiceName: users.local } }] }
  virtualNode/orders: ${node([port, 'http'])}
  virtualNode/users: ${node([8080, 'http'])}
  virtualNode/spare: ${node([8080, 'http'])}
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualService/users.local: { provider: { virtualRouter: { virtualRouterName: users } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/users: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/main: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: orders, weight: 1, port: 8080 }] } } }
  virtualRouter/users/route/main: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: ${users}, weight: 1 }] } } }
${served({ orders: { stable: tasks }, users: { stable: [USERS] }, spare: { stable: [SPARE] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(8080),
  upstreams: [
    { name: 'orders', address: ORDERS, port: 8080 },
    { name: 'users', address: USERS, port: 8080 },
    { name: 'spare', address: SPARE, port: 8080 },
  ],
});

let last: SentLast | undefined;

/** Sends Envoy what a push would, after those before. */
async function push(text: string): Promise<void> {
  const view = meshView(text);
  const { canaries, ...compiled } = compile(view, proxyId(view, 'virtualNode/front'), { interception: 'transparent' });
  const kept = keepLastGood(last, { ...compiled, telemetry: canaries, living: livingAddresses(view) });
  last = { ...kept, telemetry: canaries };
  expect(await traffic.lab.push(placedResources(FRONT, kept.resources))).toEqual([]);
}

const answersOf = (service: string) => traffic.answers(traffic.client(8080), CALLS, { host: service });

describe('a service whose target another writer moved to another port', () => {
  beforeEach(async () => {
    last = undefined;
    await push(mesh(8080));
  });

  test('is answered as before, while another service of the same caller changes', async () => {
    await push(mesh(9090));
    const kept = await answersOf('orders.local');
    await push(mesh(9090, 'spare'));

    expect(kept).toEqual({ orders: CALLS });
    expect([await answersOf('orders.local'), await answersOf('users.local')]).toEqual([
      { orders: CALLS },
      { spare: CALLS },
    ]);
  });

  test('is answered 503 once nobody is left at the old place, and again when it is mended', async () => {
    await push(mesh(9090));
    await push(mesh(9090, 'users', []));
    const left = await answersOf('orders.local');
    await push(mesh(8080));

    expect(left).toEqual({ 503: CALLS });
    expect(await answersOf('orders.local')).toEqual({ orders: CALLS });
  });
});
