import fc from 'fast-check';
import type { CloudMapInstance } from '#mesh/model/cloud-map-instance.ts';
import type { Endpoint } from '#mesh/model/endpoint.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Split } from '#mesh/model/split.ts';
import { names, specOf } from './arbitrary-spec.ts';
import { type MeshFile, proxyId, viewOf } from './mesh-view.ts';

const deployments = ['d0', 'd1', 'd2'];

const paths: readonly (readonly [string, fc.Arbitrary<object>])[] = [
  ...names.nodes.map((name) => [`virtualNode/${name}`, specOf('virtualNode')] as const),
  ...names.services.map((name) => [`virtualService/${name}`, specOf('virtualService')] as const),
  ...names.routers.map((name) => [`virtualRouter/${name}`, specOf('virtualRouter')] as const),
  ...names.gateways.map((name) => [`virtualGateway/${name}`, specOf('virtualGateway')] as const),
  ...names.routers.flatMap((router) =>
    ['a', 'b', 'c'].map((name) => [`virtualRouter/${router}/route/${name}`, specOf('route')] as const),
  ),
  ...names.gateways.flatMap((gateway) =>
    ['a', 'b'].map((name) => [`virtualGateway/${gateway}/gatewayRoute/${name}`, specOf('gatewayRoute')] as const),
  ),
];

const endpoint: fc.Arbitrary<Endpoint> = fc.record({
  task: fc.uuid(),
  deployment: fc.constantFrom(...deployments),
  address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
  interception: fc.constantFrom('transparent', 'explicit'),
});

const audience = fc.constantFrom(
  { header: { name: 'X-Beta', match: { exact: 'yes' } } },
  { header: { name: 'x-user', match: { regex: 'a.*' } } },
  { cookie: { name: 'group', value: 'beta' } },
);

/** Which requests are a canary's: its share of all, of an audience, or copies. */
const chosenBy = fc.oneof(
  fc.constant({}),
  audience.map((value) => ({ audience: value })),
  fc.constant({ mirror: true as const }),
);

const instance: fc.Arbitrary<CloudMapInstance> = fc.record(
  {
    id: fc.uuid(),
    ipv4: fc.constantFrom('10.0.1.1', '10.0.1.2'),
    ipv6: fc.constantFrom('fd00::1', 'fd00::2'),
    zone: fc.constantFrom('eu-west-1a', 'eu-west-1b'),
    attributes: fc.constantFrom({}, { color: 'blue' }, { color: 'blue', size: 'green' }),
  },
  { requiredKeys: ['id', 'attributes'] },
);

/** A split of one node; its canary, when there is one, is never among the stable deployments. */
export const split: fc.Arbitrary<Split> = fc.oneof(
  fc.constant({ stable: ['d0'] }),
  fc.record({
    stable: fc.constantFrom(['d0'], ['d0', 'd2']),
    canary: fc
      .record({
        deployment: fc.constant('d1'),
        basisPoints: fc.nat({ max: 10_000 }),
        shield: fc.constantFrom('safe-methods', 'off'),
        rollout: fc.constant('r-1'),
        reportEveryMs: fc.constant(1000),
      })
      .chain((canary) => chosenBy.map((choice) => ({ ...canary, ...choice }))),
  }),
);

const optional = <T>(entries: readonly (readonly [string, fc.Arbitrary<T>])[]): fc.Arbitrary<Record<string, T>> =>
  fc.record(Object.fromEntries(entries), { requiredKeys: [] }) as fc.Arbitrary<Record<string, T>>;

/** A mesh as a file: any subset of a few resources of each kind, with splits, endpoints and Cloud Map's instances. */
export const meshFile: fc.Arbitrary<MeshFile> = fc.record({
  spec: specOf('mesh'),
  resources: optional(paths),
  endpoints: optional(names.nodes.map((name) => [name, fc.array(endpoint, { maxLength: 4 })] as const)),
  splits: optional(names.nodes.map((name) => [name, split] as const)),
  cloudMap: optional(names.nodes.map((name) => [name, fc.array(instance, { maxLength: 3 })] as const)),
});

/** One resource with a spec that may differ from the one a mesh has for it. */
export const write: fc.Arbitrary<readonly [string, object]> = fc
  .constantFrom(...paths)
  .chain(([name, spec]) => fc.tuple(fc.constant(name), spec));

export const nodeName = fc.constantFrom(...names.nodes);
export const interception = fc.constantFrom('transparent' as const, 'explicit' as const);

/** Every proxy a mesh has. */
export function proxiesOf(view: MeshView): ProxyId[] {
  return view.resources
    .filter(({ kind }) => kind === 'virtualNode' || kind === 'virtualGateway')
    .map(({ kind, name }) => proxyId(view, `${kind}/${name}`));
}

/** The view of a {@link meshFile}. */
export const toView = (file: MeshFile): MeshView => viewOf(file);
