import { describe, expect, test } from 'vitest';
import { translate } from '#mesh/envoy/translate.ts';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import { meshView, proxyId } from '../../support/mesh-view.ts';
import { type Call, type Outcome, simulate } from '../../support/simulate.ts';

const nodes = `
  virtualNode/api: { listeners: [{ portMapping: { port: 80, protocol: http } }], serviceDiscovery: { dns: { hostname: api } } }
  virtualNode/v1: { listeners: [{ portMapping: { port: 80, protocol: http } }], serviceDiscovery: { dns: { hostname: v1 } } }
  virtualNode/v2: { listeners: [{ portMapping: { port: 80, protocol: http } }], serviceDiscovery: { dns: { hostname: v2 } } }
  virtualService/api.local: { provider: { virtualRouter: { virtualRouterName: api } } }
  virtualRouter/api: { listeners: [{ portMapping: { port: 80, protocol: http } }] }
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: api.local } }] }`;

const cluster = (name: string) => `cds_egress_shop_${name}_http_80`;

/** Sends calls through the egress of `front`, in a mesh that has these routes behind `api.local`. */
function front(routes: string, rest = ''): (call: Partial<Call>) => Outcome {
  const view = meshView(`resources:${nodes}\n${routes}\n${rest}`);
  const { ir } = buildProxy(view, proxyId(view, 'virtualNode/front'), { interception: 'explicit' });
  return (call) => simulate(translate(ir), 'rds_egress_http_15001', { host: 'api.local', path: '/', ...call });
}

const to = (name: string) => `action: { weightedTargets: [{ virtualNode: ${name}, weight: 1 }] }`;

describe('a virtual service behind a router', () => {
  const send = front(`
  virtualRouter/api/route/all: { httpRoute: { match: { prefix: / }, ${to('api')} } }
  virtualRouter/api/route/cart: { httpRoute: { match: { prefix: /cart }, ${to('v1')} } }
  virtualRouter/api/route/post: { httpRoute: { match: { prefix: /cart, method: POST }, ${to('v2')} } }
  virtualRouter/api/route/beta: { httpRoute: { match: { prefix: /cart, headers: [{ name: x-beta, match: { exact: 'yes' } }] }, ${to('api')} } }
  virtualRouter/api/route/page: { httpRoute: { match: { prefix: /page, queryParameters: [{ name: v, match: { exact: '2' } }] }, ${to('v2')} } }
  virtualRouter/api/route/urgent: { priority: 0, httpRoute: { match: { prefix: /cart/urgent }, ${to('api')} } }`);

  test.each<[string, Partial<Call>, string]>([
    ['the longest prefix', { path: '/cart/7' }, 'v1'],
    ['the prefix itself, with or without what is below it', { path: '/cart?a=b' }, 'v1'],
    ['no prefix that ends inside of a segment', { path: '/cartoon' }, 'api'],
    ['the method before the bare path', { path: '/cart/7', method: 'POST' }, 'v2'],
    ['a header before the bare path', { path: '/cart/7', headers: { 'x-beta': 'yes' } }, 'api'],
    ['a query parameter', { path: '/page?v=2' }, 'v2'],
    ['the catch-all, when the query parameter differs', { path: '/page?v=3' }, 'api'],
    ['the declared priority before anything else', { path: '/cart/urgent', method: 'POST' }, 'api'],
    ['the same service by any port', { host: 'api.local:8080', path: '/cart' }, 'v1'],
  ])('takes %s', (_, call, target) => {
    expect(send(call)).toMatchObject({ shares: { [cluster(target)]: 1 } });
  });

  test('does not know a service that is no declared backend', () => {
    expect(send({ host: 'other.local' })).toEqual({ status: 404 });
  });
});

describe('a node that is split between variants', () => {
  const endpoints = `
endpoints:
  v1:
    - { task: a, deployment: d1, address: 10.0.0.1, interception: explicit }
    - { task: b, deployment: d2, address: 10.0.0.2, interception: explicit }`;
  const split = (shield: string) => `${endpoints}
splits: { v1: { stable: [d1], canary: { deployment: d2, basisPoints: 500, shield: ${shield}, rollout: r, reportEveryMs: 1000 } } }`;
  const routes = `
  virtualRouter/api/route/all: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: v1, weight: 60 }, { virtualNode: v2, weight: 40 }] } } }`;
  const shares = (canary: string) => ({
    [cluster('v1')]: 0.57,
    [`${cluster('v1')}${canary}`]: 0.03,
    [cluster('v2')]: 0.4,
  });

  test.each(['GET', 'POST', 'DELETE'])('sends its share of %s to the shielded canary', (method) => {
    expect(front(routes, split('safe-methods'))({ method })).toMatchObject({ shares: shares('_canary_shielded') });
  });

  test.each(['GET', 'POST'])('sends its share of %s to the bare canary when the shield is off', (method) => {
    expect(front(routes, split("'off'"))({ method })).toMatchObject({ shares: shares('_canary') });
  });
});

describe('a virtual gateway', () => {
  const gateway = (routes: string, call: Partial<Call>, services = '') => {
    const view = meshView(`resources:${nodes}
  virtualRouter/api/route/cart: { httpRoute: { match: { prefix: /cart }, ${to('v1')} } }
  virtualRouter/api/route/item: { httpRoute: { match: { path: { exact: /item } }, ${to('v2')} } }
  virtualGateway/edge: { listeners: [{ portMapping: { port: 8088, protocol: http } }] }
  virtualService/v2.local: { provider: { virtualNode: { virtualNodeName: v2 } } }
  ${services}
  ${routes}`);
    const { ir } = buildProxy(view, proxyId(view, 'virtualGateway/edge'), { interception: 'explicit' });
    return simulate(translate(ir), 'rds_ingress_http_8088', { host: 'example.com', path: '/', ...call });
  };
  const target = (service: string) => `target: { virtualService: { virtualServiceName: ${service} } }`;
  const shop = `virtualGateway/edge/gatewayRoute/shop: { httpRoute: { match: { prefix: /shop }, action: { ${target('api.local')} } } }`;

  test('rewrites the matched prefix to / and the host to the service, then routes as the service does', () => {
    expect(gateway(shop, { path: '/shop/cart/7?a=b' })).toEqual({
      shares: { [cluster('v1')]: 1 },
      path: '/cart/7?a=b',
      host: 'api.local',
    });
    expect(gateway(shop, { path: '/shop/item' })).toMatchObject({ shares: { [cluster('v2')]: 1 }, path: '/item' });
  });

  test('answers 404 for what the service does not route, even if another gateway route would take it', () => {
    const all = `  virtualGateway/edge/gatewayRoute/all: { httpRoute: { match: { prefix: / }, action: { ${target('v2.local')} } } }`;
    expect(gateway(`${shop}\n${all}`, { path: '/shop/unknown' })).toEqual({ status: 404 });
    expect(gateway(`${shop}\n${all}`, { path: '/elsewhere' })).toMatchObject({ shares: { [cluster('v2')]: 1 } });
  });

  test('takes an exact host before a suffix before any host, and compares hosts without their port', () => {
    const hosts = `virtualGateway/edge/gatewayRoute/exact: { httpRoute: { match: { hostname: { exact: a.example.com } }, action: { ${target('v2.local')} } } }
  virtualGateway/edge/gatewayRoute/suffix: { httpRoute: { match: { hostname: { suffix: .example.com } }, action: { ${target('one.local')} } } }`;
    const one = 'virtualService/one.local: { provider: { virtualNode: { virtualNodeName: v1 } } }';
    expect(gateway(hosts, { host: 'a.example.com:8088' }, one)).toMatchObject({ shares: { [cluster('v2')]: 1 } });
    expect(gateway(hosts, { host: 'b.example.com' }, one)).toMatchObject({ shares: { [cluster('v1')]: 1 } });
    expect(gateway(hosts, { host: 'elsewhere' }, one)).toEqual({ status: 404 });
  });
});

test('gRPC and HTTP routes share a listener, and each takes its own requests', () => {
  const send = front(`
  virtualRouter/api/route/page: { httpRoute: { match: { prefix: / }, ${to('v1')} } }
  virtualRouter/api/route/call: { grpcRoute: { match: { serviceName: shop.Rates }, ${to('v2')} } }`);
  const headers = { 'content-type': 'application/grpc+proto' };
  const method = 'POST';
  expect(send({ path: '/shop.Rates/Get', method, headers })).toMatchObject({ shares: { [cluster('v2')]: 1 } });
  expect(send({ path: '/shop.Rates/Get', method })).toMatchObject({ shares: { [cluster('v1')]: 1 } });
  expect(send({ path: '/other.Service/Get', method, headers })).toMatchObject({ shares: { [cluster('v1')]: 1 } });
});
