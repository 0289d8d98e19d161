import { describe, expect, test } from 'vitest';
import { compile } from '#mesh/compile-proxy.ts';
import { resourcesHash } from '#mesh/wire/snapshot.ts';
import { meshView, proxyId } from '../support/mesh-view.ts';

const VIRTUAL_HOST = 'type.googleapis.com/envoy.config.route.v3.VirtualHost';
const ENDPOINTS = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';

/** `front` calls orders and payments; orders is split. */
function compiled(basisPoints: number, canaryAddress = '10.0.0.2') {
  const view = meshView(`
resources:
  virtualNode/front:
    listeners: [{ portMapping: { port: 8080, protocol: http } }, { portMapping: { port: 8081, protocol: http } }]
    backends: [{ virtualService: { virtualServiceName: orders.shop.local } }, { virtualService: { virtualServiceName: payments.shop.local } }]
  virtualNode/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualNode/payments: { listeners: [{ portMapping: { port: 8080, protocol: http } }], serviceDiscovery: { dns: { hostname: p } } }
  virtualService/orders.shop.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualService/payments.shop.local: { provider: { virtualNode: { virtualNodeName: payments } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/main: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: orders, weight: 100 }] } } }
endpoints:
  orders:
    - { task: t1, deployment: d1, address: 10.0.0.1, interception: explicit }
    - { task: t2, deployment: d2, address: ${canaryAddress}, interception: explicit }
splits: { orders: { stable: [d1], canary: { deployment: d2, basisPoints: ${basisPoints}, shield: safe-methods, rollout: r-7, reportEveryMs: 500 } } }`);
  return compile(view, proxyId(view, 'virtualNode/front'), { interception: 'explicit' });
}

/** `<type>/<name>` of every resource whose version differs. */
function changed(before: ReturnType<typeof compiled>, after: ReturnType<typeof compiled>): string[] {
  return Object.entries(after.resources).flatMap(([type, named]) =>
    Object.entries(named)
      .filter(([name, { version }]) => before.resources[type]?.[name]?.version !== version)
      .map(([name]) => `${type}/${name}`),
  );
}

describe('a compiled proxy', () => {
  test('has one changed resource after a weight change: the virtual host of the service, of at most 1.5 KB', () => {
    const after = compiled(2500);

    const name = 'rds_egress_http_15001/orders.shop.local';
    expect(changed(compiled(500), after)).toEqual([`${VIRTUAL_HOST}/${name}`]);
    const body = Buffer.from(after.resources[VIRTUAL_HOST]?.[name]?.body ?? '', 'base64');
    expect(body.length).toBeGreaterThan(0);
    expect(body.length).toBeLessThanOrEqual(1536);
  });

  test('has one changed resource after a task was replaced: the endpoints of its variant', () => {
    expect(changed(compiled(500), compiled(500, '10.0.0.9'))).toEqual([
      `${ENDPOINTS}/cds_egress_shop_orders_http_8080_canary`,
    ]);
  });

  test('keeps every version, and so the hash of the whole, when nothing changed', () => {
    expect(changed(compiled(500), compiled(500))).toEqual([]);
    expect(resourcesHash(compiled(500).resources, [])).toBe(resourcesHash(compiled(500).resources, []));
  });

  test('says what its sidecars count, and which ports the application must open', () => {
    const { canaries, appPorts } = compiled(500);
    expect(canaries).toEqual([
      {
        node: 'orders',
        rollout: 'r-7',
        everyMs: 500,
        clusters: {
          stable: 'cds_egress_shop_orders_http_8080',
          canary: 'cds_egress_shop_orders_http_8080_canary',
          shield: 'cds_egress_shop_orders_http_8080_canary_shielded',
        },
      },
    ]);
    expect(appPorts).toEqual([8080, 8081]);
  });
});
