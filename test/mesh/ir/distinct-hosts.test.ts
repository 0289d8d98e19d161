import { expect, test } from 'vitest';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import { proxyId, viewOf } from '../../support/mesh-view.ts';

/** The egress of a node with these backends, each a service of one node that listens on 8080. */
function egressOf(names: readonly string[], interception: 'transparent' | 'explicit' = 'transparent') {
  const provider = { virtualNode: { virtualNodeName: 'orders' } };
  const services = names.map((name) => [`virtualService/${name}`, { provider }] as const);
  const view = viewOf({
    resources: {
      'virtualNode/web': { backends: names.map((virtualServiceName) => ({ virtualService: { virtualServiceName } })) },
      'virtualNode/orders': { listeners: [{ portMapping: { port: 8080, protocol: 'http' } }] },
      ...Object.fromEntries(services),
    },
    splits: { orders: { stable: [] } },
  });
  const { ir, findings } = buildProxy(view, proxyId(view, 'virtualNode/web'), { interception });
  const hosts = ir.routeConfigurations.flatMap(({ virtualHosts }) => virtualHosts);
  return { domains: hosts.map(({ domains }) => domains), reasons: findings.map(({ path, reason }) => [path, reason]) };
}

test('services of different names keep all of their hosts', () => {
  expect(egressOf(['orders.local', 'payments.local'])).toEqual({
    domains: [
      ['orders.local', 'orders.local:8080'],
      ['payments.local', 'payments.local:8080'],
    ],
    reasons: [],
  });
});

test('of two names that differ in case alone one answers, and the node is told: Envoy would refuse both', () => {
  const { domains, reasons } = egressOf(['Orders.local', 'orders.local']);

  expect(domains).toEqual([['Orders.local', 'Orders.local:8080']]);
  expect(reasons).toContainEqual([
    'spec.backends',
    expect.stringContaining('two backends answer for the host orders.local'),
  ]);
});

test('a name with a port conflicts with that port of the name alone', () => {
  const { domains, reasons } = egressOf(['orders.local', 'orders.local:8080']);

  expect(domains).toEqual([['orders.local', 'orders.local:8080'], ['orders.local:8080:8080']]);
  expect(reasons).toEqual([['spec.backends', expect.stringContaining('the host orders.local:8080')]]);
});
