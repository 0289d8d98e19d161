import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { Resource, ResourceKind, SpecOf } from '#mesh/model/resource.ts';

/** Owner and name of the mesh that is compiled. */
const OWNER = '111122223333';
const MESH = 'bench';

const ofKind = <K extends ResourceKind>(kind: K, name: string, spec: SpecOf[K], parent?: string): Resource =>
  ({
    ...{
      kind,
      owner: OWNER,
      mesh: MESH,
      name,
      spec,
      uid: `${kind}/${name}`,
      version: 1,
      createdAt: 0,
      lastUpdatedAt: 0,
    },
    ...(parent !== undefined && { parent }),
  }) as Resource;

/** Name of the virtual service, virtual node and virtual router of position `i`. */
const serviceName = (i: number): string => `service-${i}.bench.local`;
const nodeName = (i: number): string => `service-${i}`;

/**
 * A mesh of `services` virtual services, each a router with two routes before a node of its own, which calls the `backends`
 * next services; each node has two tasks. So every route has exactly `backends` dependent proxies.
 */
export function benchMesh(services: number, backends: number): MeshView {
  const indices = Array.from({ length: services }, (_, i) => i);
  return {
    owner: OWNER,
    mesh: MESH,
    resources: [
      ofKind('mesh', MESH, {}),
      ...indices.flatMap((i) => service(i, services, backends)),
      ...indices.flatMap((i) => routes(i)),
    ],
    endpoints: new Map(indices.map((i) => [nodeName(i), [endpoint(i, 'a'), endpoint(i, 'b')]])),
    splits: new Map(indices.map((i) => [nodeName(i), { stable: ['ecs-svc/1'] }])),
  };
}

function service(i: number, services: number, backends: number): Resource[] {
  const called = Array.from({ length: Math.min(backends, services - 1) }, (_, k) => (i + k + 1) % services);
  const listeners = [{ portMapping: { port: 8080, protocol: 'http' as const } }];
  const name = nodeName(i);
  return [
    ofKind('virtualNode', name, {
      listeners,
      backends: called.map((k) => ({ virtualService: { virtualServiceName: serviceName(k) } })),
    }),
    ofKind('virtualRouter', name, { listeners }),
    ofKind('virtualService', serviceName(i), { provider: { virtualRouter: { virtualRouterName: name } } }),
  ];
}

function routes(i: number): Resource[] {
  const action = { weightedTargets: [{ virtualNode: nodeName(i), weight: 1 }] };
  return [
    ofKind('route', 'main', { httpRoute: { match: { prefix: '/' }, action } }, nodeName(i)),
    ofKind('route', 'admin', { httpRoute: { match: { prefix: '/admin', method: 'GET' }, action } }, nodeName(i)),
  ];
}

const endpoint = (i: number, task: string) => ({
  ...{ task: `${i}-${task}`, deployment: 'ecs-svc/1', interception: 'transparent' as const },
  address: `10.${(i >> 8) & 255}.${i & 255}.${task === 'a' ? 1 : 2}`,
});

/** The mesh after an UpdateRoute of the first service's main route, and the route. */
export function withRouteWeight(view: MeshView, weight: number): [MeshView, Resource<'route'>] {
  const targets = [
    { virtualNode: nodeName(0), weight },
    { virtualNode: nodeName(1), weight: 1 },
  ];
  const spec = { httpRoute: { match: { prefix: '/' }, action: { weightedTargets: targets } } };
  const route = ofKind('route', 'main', spec, nodeName(0)) as Resource<'route'>;
  const isSame = ({ uid, parent }: Resource) => uid === route.uid && parent === route.parent;
  return [{ ...view, resources: view.resources.map((item) => (isSame(item) ? route : item)) }, route];
}

/** The mesh with a shielded canary of the first service's node. */
export function withCanaryAt(view: MeshView, basisPoints: number): MeshView {
  const name = nodeName(0);
  const canary = {
    deployment: 'ecs-svc/2',
    basisPoints,
    shield: 'safe-methods' as const,
    rollout: 'dep-2',
    reportEveryMs: 1000,
  };
  const endpoints = new Map(view.endpoints).set(name, [
    endpoint(0, 'a'),
    { ...endpoint(0, 'b'), deployment: 'ecs-svc/2' },
  ]);
  const splits = new Map(view.splits).set(name, { stable: ['ecs-svc/1'], canary });
  return { ...view, endpoints, splits };
}
