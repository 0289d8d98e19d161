import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTable, type TestTable } from '../support/dynamodb-table.ts';
import { found, http, inWeb, port, ShopApi, to } from '../support/shop-api.ts';

let table: TestTable;
let shop: ShopApi;
beforeAll(async () => {
  table = await startTable();
  shop = new ShopApi(table);
  await shop.fill();
});
afterAll(() => table?.close());

const checks = { healthyThreshold: 2, unhealthyThreshold: 2, intervalMillis: 5000, timeoutMillis: 2000 };
const gatewayRoute = (httpRoute: object) =>
  ['/virtualGateway/edge/gatewayRoutes', { gatewayRouteName: 'g', spec: { httpRoute } }] as const;
const atOrders = { virtualService: { virtualServiceName: 'orders.local' } };

const nodeLogging = (format: object) => {
  const logging = { accessLog: { file: { path: '/dev/stdout', format } } };
  return ['/virtualNodes', { virtualNodeName: 'n', spec: { logging } }] as const;
};

describe('a write that cannot compile is refused with its reason, and so is its rehearsal:', () => {
  test.each([
    [
      'a target port without a listener',
      ...inWeb(http(to(['orders', 1, 9]))),
      'spec.httpRoute.action.weightedTargets[0]: virtual node orders has no listener on port 9',
    ],
    [
      'a target of several listeners without a port',
      ...inWeb(http(to(['two', 1]))),
      'virtual node two has 2 listeners: the target must name a port',
    ],
    [
      'a target that cannot receive',
      ...inWeb(http(to(['silent', 1]))),
      'virtual node silent has no listener: it cannot receive traffic',
    ],
    [
      'a route of which no target takes anything',
      ...inWeb(http(to(['orders', 0]))),
      'spec.httpRoute.action.weightedTargets: no target can take a request',
    ],
    [
      'a TCP route in a router for HTTP',
      ...inWeb({ tcpRoute: { action: to(['redis', 1]) } }),
      'virtual router web has no tcp listener',
    ],
    [
      'a match on a port the router does not listen on',
      ...inWeb(http(to(['orders', 1]), { prefix: '/', port: 81 })),
      'spec matches port 81, and VirtualRouter web listens on 80',
    ],
    [
      'a gateway route to a port the service does not have',
      ...gatewayRoute({ match: { prefix: '/' }, action: { target: { ...atOrders, port: 9 } } }),
      'spec.httpRoute.action.target.port',
    ],
    [
      'backends that answer for one host',
      '/virtualNodes',
      {
        virtualNodeName: 'n',
        spec: {
          backends: ['orders.local', 'Orders.local'].map((virtualServiceName) => ({
            virtualService: { virtualServiceName },
          })),
        },
      },
      'spec.backends: two backends answer for the host',
    ],
    [
      'a health check that no listener answers',
      '/virtualNodes',
      {
        virtualNodeName: 'n',
        spec: {
          ...found,
          listeners: [{ ...port(80), healthCheck: { ...checks, protocol: 'http', port: 81 } }],
        },
      },
      'spec.listeners[0].healthCheck.port',
    ],
  ])('%s', async (_, path, body, message) => {
    await shop.expectRefused(path, body, message);
  });

  test('a second TCP route, which no connection would ever take', async () => {
    await shop.create('/virtualRouter/cache/routes', {
      routeName: 'a',
      spec: { tcpRoute: { action: to(['redis', 1]) } },
    });

    await shop.expectRefused(
      '/virtualRouter/cache/routes',
      { routeName: 'b', spec: { tcpRoute: { action: to(['redis', 1]) } } },
      'spec.tcpRoute: route a takes every connection to port 6379 first',
    );
  });

  test.each([
    ['the access log of a node', ...nodeLogging({ text: '%NO_SUCH_COMMAND%' }), 'spec.logging.accessLog.file.format'],
    [
      'a JSON access log',
      ...nodeLogging({ json: [{ key: 'k', value: '%START_TIME' }] }),
      'spec.logging.accessLog.file.format.json[0].value',
    ],
    [
      'the expression of a path',
      ...inWeb(http(to(['orders', 1]), { path: { regex: '/(a' } })),
      'spec.httpRoute.match.path.regex',
    ],
    [
      'the expression of a header',
      ...inWeb(http(to(['orders', 1]), { prefix: '/', headers: [{ name: 'x', match: { regex: 'a(?=b)' } }] })),
      'spec.httpRoute.match.headers[0].match.regex',
    ],
  ])('what Envoy would not understand: %s', async (_, path, body, message) => {
    await shop.expectRefused(path, body, message);
  });
});

describe('a fault that was there before', () => {
  test('does not stand in the way of another change, and a new one does', async () => {
    await shop.create('/virtualNodes', { virtualNodeName: 'moved', spec: { ...found, listeners: [port(8080)] } });
    await shop.create(...inWeb(http(to(['moved', 1, 8080]))));
    const moved = await shop.put('/virtualNodes/moved', { spec: { ...found, listeners: [port(9090)] } });
    expect(moved.status).toBe(200);

    const again = await shop.put('/virtualRouter/web/routes/r', {
      spec: { ...http(to(['moved', 1, 8080])), priority: 1 },
    });
    const other = await shop.put('/virtualRouter/web/routes/r', { spec: http(to(['moved', 1, 8081])) });

    expect(again.status).toBe(200);
    expect(other.body['message']).toContain('no listener on port 8081');
    await shop.call({ method: 'DELETE', path: '/meshes/shop/virtualRouter/web/routes/r' });
  });
});
