import fc from 'fast-check';
import type { Endpoint } from '#mesh/model/endpoint.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Split } from '#mesh/model/split.ts';
import { type MeshFile, proxyId, viewOf } from './mesh-view.ts';

/** Few names, so that references often meet, and sometimes point at nothing. */
const nodes = ['n0', 'n1', 'n2', 'n3'];
const services = ['s0.local', 's1.local', 's2.local/x'];
const routers = ['r0', 'r1'];
const gateways = ['g0'];
const deployments = ['d0', 'd1', 'd2'];

const port = fc.constantFrom(80, 443, 8080);
const http = port.map((value) => ({ portMapping: { port: value, protocol: 'http' } }));
const listeners = fc.uniqueArray(http, { maxLength: 2, selector: ({ portMapping }) => portMapping.port });
const reference = fc
  .constantFrom(...services)
  .map((virtualServiceName) => ({ virtualService: { virtualServiceName } }));
const path = fc.constantFrom('/', '/a', '/a/', '/a/b', '/b');
const match = fc.record(
  {
    prefix: path,
    method: fc.constantFrom('GET', 'POST'),
    headers: fc.constantFrom([{ name: 'x-a' }, { name: 'x-b', match: { exact: '1' } }]),
  },
  { requiredKeys: ['prefix'] },
);

const target = fc.record(
  { virtualNode: fc.constantFrom(...nodes), weight: fc.nat({ max: 100 }), port },
  { requiredKeys: ['virtualNode', 'weight'] },
);

const specs = {
  virtualNode: fc.record(
    {
      listeners,
      backends: fc.array(reference, { maxLength: 3 }),
      serviceDiscovery: fc.constant({ dns: { hostname: 'a.local' } }),
    },
    { requiredKeys: [] },
  ),
  virtualService: fc.oneof(
    fc.constant({}),
    fc.constantFrom(...nodes).map((virtualNodeName) => ({ provider: { virtualNode: { virtualNodeName } } })),
    fc.constantFrom(...routers).map((virtualRouterName) => ({ provider: { virtualRouter: { virtualRouterName } } })),
  ),
  virtualRouter: listeners.map((items) => ({ listeners: items })),
  virtualGateway: fc
    .uniqueArray(http, { minLength: 1, maxLength: 2, selector: ({ portMapping }) => portMapping.port })
    .map((items) => ({ listeners: items })),
  route: fc.record(
    {
      priority: fc.nat({ max: 2 }),
      httpRoute: fc.record({
        match,
        action: fc.record({ weightedTargets: fc.array(target, { minLength: 1, maxLength: 3 }) }),
      }),
    },
    { requiredKeys: ['httpRoute'] },
  ),
  gatewayRoute: fc.record(
    {
      priority: fc.nat({ max: 2 }),
      httpRoute: fc.record({ match, action: reference.map((item) => ({ target: item })) }),
    },
    { requiredKeys: ['httpRoute'] },
  ),
};

const paths: readonly (readonly [string, fc.Arbitrary<object>])[] = [
  ...nodes.map((name) => [`virtualNode/${name}`, specs.virtualNode] as const),
  ...services.map((name) => [`virtualService/${name}`, specs.virtualService] as const),
  ...routers.map((name) => [`virtualRouter/${name}`, specs.virtualRouter] as const),
  ...gateways.map((name) => [`virtualGateway/${name}`, specs.virtualGateway] as const),
  ...routers.flatMap((router) =>
    ['a', 'b', 'c'].map((name) => [`virtualRouter/${router}/route/${name}`, specs.route] as const),
  ),
  ...gateways.flatMap((gateway) =>
    ['a', 'b'].map((name) => [`virtualGateway/${gateway}/gatewayRoute/${name}`, specs.gatewayRoute] as const),
  ),
];

const endpoint: fc.Arbitrary<Endpoint> = fc.record({
  task: fc.uuid(),
  deployment: fc.constantFrom(...deployments),
  address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
  interception: fc.constantFrom('transparent', 'explicit'),
});

/** A split of one node; its canary, when there is one, is never among the stable deployments. */
export const split: fc.Arbitrary<Split> = fc.oneof(
  fc.constant({ stable: ['d0'] }),
  fc.record({
    stable: fc.constantFrom(['d0'], ['d0', 'd2']),
    canary: fc.record({
      deployment: fc.constant('d1'),
      basisPoints: fc.nat({ max: 10_000 }),
      shield: fc.constantFrom('safe-methods', 'off'),
      rollout: fc.constant('r-1'),
      reportEveryMs: fc.constant(1000),
    }),
  }),
);

const optional = <T>(entries: readonly (readonly [string, fc.Arbitrary<T>])[]): fc.Arbitrary<Record<string, T>> =>
  fc.record(Object.fromEntries(entries), { requiredKeys: [] }) as fc.Arbitrary<Record<string, T>>;

/** A mesh as a file: any subset of a few resources of each kind, with splits and endpoints. */
export const meshFile: fc.Arbitrary<MeshFile> = fc.record({
  spec: fc.constantFrom({}, { egressFilter: { type: 'ALLOW_ALL' } }),
  resources: optional(paths),
  endpoints: optional(nodes.map((name) => [name, fc.array(endpoint, { maxLength: 4 })] as const)),
  splits: optional(nodes.map((name) => [name, split] as const)),
});

/** One resource with a spec that may differ from the one a mesh has for it. */
export const write: fc.Arbitrary<readonly [string, object]> = fc
  .constantFrom(...paths)
  .chain(([name, spec]) => fc.tuple(fc.constant(name), spec));

export const nodeName = fc.constantFrom(...nodes);
export const interception = fc.constantFrom('transparent' as const, 'explicit' as const);

/** Every proxy a mesh has. */
export function proxiesOf(view: MeshView): ProxyId[] {
  return view.resources
    .filter(({ kind }) => kind === 'virtualNode' || kind === 'virtualGateway')
    .map(({ kind, name }) => proxyId(view, `${kind}/${name}`));
}

/** The view of a {@link meshFile}. */
export const toView = (file: MeshFile): MeshView => viewOf(file);
