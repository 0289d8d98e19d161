import { describe, expect, test } from 'vitest';
import { specViolations } from '#mesh/api/rules/spec-rules.ts';
import type { ResourceKind, SpecOf } from '#mesh/model/resource.ts';

const told = <K extends ResourceKind>(kind: K, spec: object): string[] =>
  [...specViolations(kind, spec as SpecOf[K])].map(({ path, rule }) => `${path} ${rule}`);

const action = { weightedTargets: [{ virtualNode: 'a', weight: 100 }] };
const http = (match: object, more: object = {}) => ({ httpRoute: { match, action, ...more } });

describe('a route', () => {
  test.each([
    ['by prefix', http({ prefix: '/' })],
    ['by path', http({ path: { exact: '/x' } })],
    ['of tcp without a match', { tcpRoute: { action } }],
    ['of grpc by service and method', { grpcRoute: { match: { serviceName: 's', methodName: 'm' }, action } }],
    [
      'with a retry policy',
      http({ prefix: '/' }, { retryPolicy: { maxRetries: 1, perRetryTimeout: {}, httpRetryEvents: ['server-error'] } }),
    ],
    ['with a header range', http({ prefix: '/', headers: [{ name: 'n', match: { range: { start: 1, end: 2 } } }] })],
  ])('%s keeps every rule', (_, spec) => {
    expect(told('route', spec)).toEqual([]);
  });

  test.each([
    [{}, 'spec has none of httpRoute, http2Route, grpcRoute, tcpRoute; must have exactly one'],
    [
      { ...http({ prefix: '/' }), tcpRoute: { action } },
      'spec has httpRoute and tcpRoute of httpRoute, http2Route, grpcRoute, tcpRoute; must have exactly one',
    ],
    [http({}), 'spec.httpRoute.match must have prefix or path'],
    [
      http({ prefix: '/', path: { exact: '/' } }),
      'spec.httpRoute.match has both prefix and path; must have one of them at most',
    ],
    [http({ prefix: 'x' }), 'spec.httpRoute.match.prefix is "x"; must start with /'],
    [http({ path: {} }), 'spec.httpRoute.match.path has none of exact, regex; must have exactly one'],
    [
      http({ prefix: '/', headers: [{ name: 'n', match: { range: { start: 2, end: 2 } } }] }),
      'spec.httpRoute.match.headers[0].match.range goes from 2 to 2; end must be above start',
    ],
    [
      { grpcRoute: { match: { methodName: 'm' }, action } },
      'spec.grpcRoute.match.serviceName is required when methodName is given',
    ],
    [
      {
        http2Route: {
          match: { prefix: '/' },
          action: {
            weightedTargets: [
              { virtualNode: 'a', weight: 70 },
              { virtualNode: 'b', weight: 70 },
            ],
          },
        },
      },
      'spec.http2Route.action.weightedTargets weights add up to 140; must be at most 100',
    ],
    [
      http({ prefix: '/' }, { retryPolicy: { maxRetries: 1, perRetryTimeout: {} } }),
      'spec.httpRoute.retryPolicy must name at least one retry event',
    ],
    [
      http({ prefix: '/' }, { retryPolicy: { maxRetries: 1, perRetryTimeout: {}, httpRetryEvents: ['5xx'] } }),
      'spec.httpRoute.retryPolicy.httpRetryEvents[0] is "5xx"; must be one of server-error, gateway-error, client-error, stream-error',
    ],
  ])('%j breaks one rule', (spec, message) => {
    expect(told('route', spec)).toEqual([message]);
  });
});

describe('a virtual node', () => {
  const serviceDiscovery = { dns: { hostname: 'h' } };
  const listener = (more: object = {}) => ({ portMapping: { port: 80, protocol: 'http' }, ...more });
  const node = (...listeners: object[]) => ({ serviceDiscovery, listeners });

  test.each([
    [{}],
    [{ backends: [] }],
    [
      node(
        listener({ connectionPool: { http: { maxConnections: 1 } }, timeout: { http: {} }, healthCheck: { port: 80 } }),
      ),
    ],
  ])('%j keeps every rule', (spec) => {
    expect(told('virtualNode', spec)).toEqual([]);
  });

  const policy = (more: object) => ({
    clientPolicy: {
      tls: { validation: { trust: {}, subjectAlternativeNames: { match: { exact: ['*.x'] } } }, ...more },
    },
  });

  test.each([
    [{ listeners: [listener()] }, 'spec.serviceDiscovery is required when the node has a listener'],
    [node(listener(), listener()), 'spec.listeners[1].portMapping.port is 80, which another listener has'],
    [
      node(listener({ connectionPool: { tcp: { maxConnections: 1 } } })),
      "spec.listeners[0].connectionPool is for tcp; must be for the listener's protocol http",
    ],
    [
      node(listener({ timeout: { grpc: {} } })),
      "spec.listeners[0].timeout is for grpc; must be for the listener's protocol http",
    ],
    [
      node(listener({ healthCheck: { port: 81 } })),
      "spec.listeners[0].healthCheck.port is 81; must be the listener's port 80",
    ],
    [
      { backendDefaults: policy({}) },
      'spec.backendDefaults.clientPolicy.tls.validation.subjectAlternativeNames.match.exact[0] is "*.x"; wildcards are allowed only with enforce: false',
    ],
    [
      { backends: [{ virtualService: { virtualServiceName: 's', ...policy({ enforce: true }) } }] },
      'spec.backends[0].virtualService.clientPolicy.tls.validation.subjectAlternativeNames.match.exact[0] is "*.x"; wildcards are allowed only with enforce: false',
    ],
  ])('%j breaks one rule', (spec, message) => {
    expect(told('virtualNode', spec)).toEqual([message]);
  });

  test('may have wildcard names when its policy is not enforced', () => {
    expect(told('virtualNode', { backendDefaults: policy({ enforce: false }) })).toEqual([]);
  });
});

describe('a gateway route', () => {
  const target = { virtualService: { virtualServiceName: 's' } };
  const route = (match: object, rewrite?: object) => ({
    httpRoute: { match, action: { target, ...(rewrite && { rewrite }) } },
  });

  test.each([
    [route({ prefix: '/' })],
    [route({ hostname: { exact: 'h' } })],
    [route({ prefix: '/' }, { prefix: { value: '/' } })],
    [route({ prefix: '/' }, { prefix: { value: '/a/' } })],
    [{ grpcRoute: { match: { serviceName: 's' }, action: { target } } }],
  ])('%j keeps every rule', (spec) => {
    expect(told('gatewayRoute', spec)).toEqual([]);
  });

  test.each([
    [{}, 'spec has none of httpRoute, http2Route, grpcRoute; must have exactly one'],
    [route({}), 'spec.httpRoute.match must have prefix, path or hostname'],
    [route({ hostname: {} }), 'spec.httpRoute.match.hostname has none of exact, suffix; must have exactly one'],
    [
      route({ hostname: { exact: 'a', suffix: 'b' } }),
      'spec.httpRoute.match.hostname has exact and suffix of exact, suffix; must have exactly one',
    ],
    [
      route({ prefix: '/', path: { exact: '/' } }),
      'spec.httpRoute.match has both prefix and path; must have one of them at most',
    ],
    [route({ prefix: 'a' }), 'spec.httpRoute.match.prefix is "a"; must start with /'],
    [
      route({ prefix: '/aws-app-mesh/x' }),
      'spec.httpRoute.match starts with /aws-appmesh or /aws-app-mesh, which are reserved',
    ],
    [
      route({ prefix: '/' }, { prefix: { value: '/a' } }),
      'spec.httpRoute.action.rewrite.prefix.value is "/a"; must start and end with /',
    ],
    [
      route({ prefix: '/' }, { prefix: { value: '/a/', defaultPrefix: 'ENABLED' } }),
      'spec.httpRoute.action.rewrite.prefix has defaultPrefix and value of defaultPrefix, value; must have exactly one',
    ],
    [
      route({ prefix: '/' }, { prefix: { value: '/a/' }, path: { exact: '/' } }),
      'spec.httpRoute.action.rewrite has both prefix and path; must have one of them at most',
    ],
    [{ grpcRoute: { match: {}, action: { target } } }, 'spec.grpcRoute.match must have serviceName or hostname'],
    [
      { grpcRoute: { match: { serviceName: 'aws.appmesh.x' }, action: { target } } },
      'spec.grpcRoute.match.serviceName starts with aws.appmesh or aws.app-mesh, which are reserved',
    ],
  ])('%j breaks one rule', (spec, message) => {
    expect(told('gatewayRoute', spec)).toEqual([message]);
  });
});

test('listeners of a router and of a gateway stand on different ports', () => {
  const listeners = [1, 1].map((port) => ({ portMapping: { port, protocol: 'http' } }));

  expect(told('virtualRouter', { listeners })).toEqual([
    'spec.listeners[1].portMapping.port is 1, which another listener has',
  ]);
  expect(told('virtualGateway', { listeners })).toEqual([
    'spec.listeners[1].portMapping.port is 1, which another listener has',
  ]);
});
