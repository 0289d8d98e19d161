import fc from 'fast-check';
import { arnPath } from '#mesh/model/arn.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import { meshFile, split, toView, write } from './arbitrary-mesh.ts';
import type { MeshFile } from './mesh-view.ts';

/** One change of a mesh: of the spec of a resource (`undefined`: deleted), or of what runs. */
type Change =
  | { readonly path: string; readonly spec: object | undefined }
  | { readonly runs: Pick<MeshFile, 'endpoints' | 'splits'> };

const names = ['orders', 'spare'] as const;
const listening = (port: number, protocol: string) => ({ listeners: [{ portMapping: { port, protocol } }] });
const discovered = (spec: object) => ({ ...spec, serviceDiscovery: { dns: { hostname: 'x.local' } } });
const behind = (virtualRouterName: string) => ({ provider: { virtualRouter: { virtualRouterName } } });
const backends = names.map((name) => ({ virtualService: { virtualServiceName: `${name}.local` } }));

const node = fc
  .tuple(fc.constantFrom(8080, 8080, 9090), fc.constantFrom('http', 'http', 'grpc'), fc.boolean())
  .map(([port, protocol, isDiscovered]) => {
    const spec = listening(port, protocol);
    return isDiscovered ? discovered(spec) : spec;
  });
const target = fc.record(
  { virtualNode: fc.constantFrom(...names), weight: fc.nat({ max: 3 }), port: fc.constantFrom(8080, 8080, 9090) },
  { requiredKeys: ['virtualNode', 'weight'] },
);
const route = fc.array(target, { minLength: 1, maxLength: 2 }).map((weightedTargets) => ({
  httpRoute: { match: { prefix: '/' }, action: { weightedTargets } },
}));
const endpoint = fc.record({
  task: fc.uuid(),
  deployment: fc.constantFrom('d0', 'd1'),
  address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
  interception: fc.constantFrom('transparent' as const, 'explicit' as const),
});
const runs = fc.record({
  endpoints: fc.record(
    { orders: fc.array(endpoint, { maxLength: 3 }), spare: fc.array(endpoint, { maxLength: 3 }) },
    { requiredKeys: [] },
  ),
  splits: fc.record({ orders: split, spare: split }, { requiredKeys: [] }),
});

const shop: MeshFile = {
  resources: {
    'virtualNode/web': { ...listening(8080, 'http'), backends },
    'virtualNode/orders': listening(8080, 'http'),
    'virtualNode/spare': discovered(listening(8080, 'http')),
    'virtualService/orders.local': behind('orders'),
    'virtualService/spare.local': behind('spare'),
    'virtualRouter/orders': listening(80, 'http'),
    'virtualRouter/spare': listening(80, 'http'),
    'virtualRouter/orders/route/a': routeTo('orders', 'spare'),
    'virtualRouter/spare/route/a': routeTo('spare'),
    'virtualGateway/edge': listening(8088, 'http'),
    'virtualGateway/edge/gatewayRoute/a': {
      httpRoute: {
        match: { prefix: '/' },
        action: { target: { virtualService: { virtualServiceName: 'orders.local' } } },
      },
    },
  },
  endpoints: {
    orders: [{ task: 't1', deployment: 'd0', address: '10.0.0.1', interception: 'transparent' }],
  },
  splits: { orders: { stable: ['d0'] } },
};

function routeTo(...nodes: readonly string[]) {
  const weightedTargets = nodes.map((virtualNode) => ({ virtualNode, weight: 1, port: 8080 }));
  return { httpRoute: { match: { prefix: '/' }, action: { weightedTargets } } };
}

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ path: fc.constantFrom(...names.map((name) => `virtualNode/${name}`)), spec: node }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      path: fc.constantFrom(...names.map((name) => `virtualRouter/${name}/route/a`)),
      spec: route,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      path: fc.constant('virtualService/orders.local'),
      spec: fc.constantFrom(behind('orders'), behind('spare'), {}, undefined),
    }),
  },
  { weight: 2, arbitrary: fc.record({ runs }) },
);

const anyWrite: fc.Arbitrary<Change> = write.map(([path, spec]) => ({ path, spec }));

/** The states of a mesh one after the other: of a working one whose writers disagree, or of any. */
export const meshHistory: fc.Arbitrary<readonly MeshView[]> = fc
  .oneof(
    fc.tuple(fc.constant(shop), fc.array(change, { minLength: 1, maxLength: 6 })),
    fc.tuple(meshFile, fc.array(anyWrite, { minLength: 1, maxLength: 4 })),
  )
  .map(([first, changes]) => statesOf(first, changes));

function statesOf(first: MeshFile, changes: readonly Change[]): readonly MeshView[] {
  const files = [first];
  for (const next of changes) files.push(changed(files.at(-1) ?? first, next));
  return files.map((file, count) => atVersions(toView(file), changes.slice(0, count)));
}

function changed(file: MeshFile, next: Change): MeshFile {
  if ('runs' in next) return { ...file, ...next.runs };
  const others = Object.fromEntries(Object.entries(file.resources).filter(([path]) => path !== next.path));
  return { ...file, resources: next.spec === undefined ? others : { ...others, [next.path]: next.spec } };
}

/** Each write of a resource is a version more. */
function atVersions(view: MeshView, changes: readonly Change[]): MeshView {
  const paths = changes.flatMap((item) => ('path' in item ? [`mesh/${view.mesh}/${item.path}`] : []));
  const countOf = (path: string) => paths.filter((written) => written === path).length;
  return { ...view, resources: view.resources.map((item) => ({ ...item, version: 1 + countOf(arnPath(item)) })) };
}
