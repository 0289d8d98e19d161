import fc from 'fast-check';
import { expect, test } from 'vitest';
import { translate } from '#mesh/envoy/translate.ts';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import { proxyId, viewOf } from '../../support/mesh-view.ts';
import { type Call, type Outcome, simulate } from '../../support/simulate.ts';

/**
 * App Mesh sent a gateway's request through Envoy twice: once to rewrite it, once through the service's own routes. The
 * compiler joins both into one; here the two hops are done one after the other, each by what it compiles alone.
 */

const path = fc.constantFrom('/', '/a', '/a/', '/a/b', '/b', '/ab');
const prefix = fc.oneof(path, fc.constantFrom('/a*', '/a/*', '/*'));
const regex = fc.constantFrom('/', '/a', '/a/[a-c]+', '/new/.*', '^/a.*', '/[ab]', '/a/b/c?', '(?:/a|/b)', '/a|/b/.*');
const method = fc.constantFrom('GET', 'POST');
const pathMatch = fc.oneof(
  prefix.map((text) => ({ prefix: text })),
  path.map((exact) => ({ path: { exact } })),
);
const routePathMatch = fc.oneof(
  pathMatch,
  regex.map((text) => ({ path: { regex: text } })),
);
const condition = fc.record({ method, headers: fc.constant([{ name: 'x-a' }]) }, { requiredKeys: [] });
const match = fc.tuple(pathMatch, condition).map(([a, b]) => ({ ...a, ...b }));
const rewrite = fc.constantFrom(
  {},
  { rewrite: { prefix: { defaultPrefix: 'DISABLED' } } },
  { rewrite: { prefix: { value: '/new/' } } },
  { rewrite: { prefix: { value: '/a/' } } },
  { rewrite: { path: { exact: '/a' } } },
);
const gatewayRoute = fc.record({ match, rewrite, service: fc.constantFrom('s0', 's1') });
const routeMatch = fc.tuple(routePathMatch, condition).map(([a, b]) => ({ ...a, ...b }));
const route = fc.record({ match: routeMatch, node: fc.constantFrom('n0', 'n1') });
const call: fc.Arbitrary<Call> = fc.record({
  host: fc.constant('edge'),
  path: fc.constantFrom('/', '/a', '/a/', '/a/b', '/a/b/c', '/b', '/ab', '/abc', '/new/a', '/a?x=/b', '/a/a/b'),
  method,
  headers: fc.constantFrom({}, { 'x-a': '1' }),
});

const node = {
  listeners: [{ portMapping: { port: 80, protocol: 'http' } }],
  serviceDiscovery: { dns: { hostname: 'x' } },
};
const http = { listeners: [{ portMapping: { port: 80, protocol: 'http' } }] };
const backend = (virtualServiceName: string) => ({ virtualService: { virtualServiceName } });

interface Setup {
  readonly gatewayRoutes: readonly { match: object; rewrite: object; service: string }[];
  readonly routes: readonly { match: object; node: string }[];
}

const services = ['s0', 's1'];

function outcomes(
  { gatewayRoutes, routes }: Setup,
  proxy: 'virtualGateway/edge' | 'virtualNode/front',
  isRouted: boolean,
) {
  const view = viewOf({
    resources: {
      'virtualNode/n0': node,
      'virtualNode/n1': node,
      'virtualNode/front': { backends: services.map(backend) },
      'virtualGateway/edge': http,
      'virtualRouter/s0': http,
      'virtualRouter/s1': http,
      ...Object.fromEntries(
        services.map((name, i) => [
          `virtualService/${name}`,
          {
            provider: isRouted
              ? { virtualRouter: { virtualRouterName: name } }
              : { virtualNode: { virtualNodeName: `n${i}` } },
          },
        ]),
      ),
      ...Object.fromEntries(
        routes.map((item, i) => [
          `virtualRouter/s${i % 2}/route/r${i}`,
          { httpRoute: { match: item.match, action: { weightedTargets: [{ virtualNode: item.node, weight: 1 }] } } },
        ]),
      ),
      ...Object.fromEntries(
        gatewayRoutes.map((item, i) => [
          `virtualGateway/edge/gatewayRoute/g${i}`,
          { httpRoute: { match: item.match, action: { target: backend(item.service), ...item.rewrite } } },
        ]),
      ),
    },
  });
  const { ir, findings } = buildProxy(view, proxyId(view, proxy), { interception: 'explicit' });
  const envoy = translate(ir);
  const isWhole = findings.every(({ kind }) => kind !== 'unsupported');
  const name = proxy === 'virtualNode/front' ? 'rds_egress_http_15001' : 'rds_ingress_http_80';
  return { isWhole, answer: (request: Call): Outcome => simulate(envoy, name, request) };
}

test('a gateway route does in one hop what App Mesh did in two', () => {
  const setup = fc.record({
    gatewayRoutes: fc.array(gatewayRoute, { minLength: 1, maxLength: 3 }),
    routes: fc.array(route, { maxLength: 4 }),
  });
  fc.assert(
    fc.property(setup, fc.array(call, { minLength: 1, maxLength: 8 }), (mesh, calls) => {
      const joined = outcomes(mesh, 'virtualGateway/edge', true);
      const first = outcomes(mesh, 'virtualGateway/edge', false);
      const second = outcomes(mesh, 'virtualNode/front', true);
      fc.pre(joined.isWhole);
      for (const request of calls) {
        const entered = first.answer(request);
        const expected =
          'status' in entered ? entered : second.answer({ ...request, host: entered.host, path: entered.path });
        expect(joined.answer(request)).toEqual(expected);
      }
    }),
    { numRuns: 500 },
  );
});
