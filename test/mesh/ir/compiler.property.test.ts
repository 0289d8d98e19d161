import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '#mesh/compile-proxy.ts';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import { clientsOf, dependents } from '#mesh/ir/dependents.ts';
import type { ProxyIr } from '#mesh/ir/proxy-ir.ts';
import type { ForwardIr, TargetIr } from '#mesh/ir/route-ir.ts';
import { arnPath } from '#mesh/model/arn.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import { interception, meshFile, nodeName, proxiesOf, split, toView, write } from '../../support/arbitrary-mesh.ts';
import type { MeshFile } from '../../support/mesh-view.ts';

const mesh = meshFile.map(toView);

const forwards = (ir: ProxyIr): ForwardIr[] =>
  ir.routeConfigurations
    .flatMap(({ virtualHosts }) => virtualHosts.flatMap(({ routes }) => routes.map(({ action }) => action)))
    .filter((action) => action.kind === 'forward');

describe('for any mesh', () => {
  test('the order of resources, endpoints and deployments never changes a byte', () => {
    const shuffled = mesh.chain((view) =>
      fc.tuple(
        fc.constant(view),
        fc.shuffledSubarray([...view.resources], { minLength: view.resources.length }),
        fc.shuffledSubarray([...view.endpoints], { minLength: view.endpoints.size }),
      ),
    );
    fc.assert(
      fc.property(shuffled, interception, ([view, resources, endpoints], mode) => {
        const reversed = endpoints.map(([name, items]) => [name, items.toReversed()] as const);
        const other: MeshView = { ...view, resources, endpoints: new Map(reversed) };
        for (const proxy of proxiesOf(view))
          expect(compile(other, proxy, { interception: mode })).toEqual(compile(view, proxy, { interception: mode }));
      }),
    );
  });

  test('weights are whole, sum to more than nothing, and a canary gets exactly its basis points of its node', () => {
    fc.assert(
      fc.property(mesh, interception, (view, mode) => {
        for (const proxy of proxiesOf(view)) {
          const { ir } = buildProxy(view, proxy, { interception: mode });
          for (const { targets } of forwards(ir)) checkWeights(view, ir, targets);
        }
      }),
    );
  });

  test('every cluster that is named exists, and so does every route configuration', () => {
    fc.assert(
      fc.property(mesh, interception, (view, mode) => {
        for (const proxy of proxiesOf(view)) {
          const { ir } = buildProxy(view, proxy, { interception: mode });
          const clusters = new Set(ir.clusters.map(({ name }) => name));
          expect(namedClusters(ir).filter((name) => !clusters.has(name))).toEqual([]);
          const configurations = new Set(ir.routeConfigurations.map(({ name }) => name));
          for (const { filter } of ir.listeners.flatMap(({ chains }) => chains))
            if (filter.kind === 'http') expect(configurations).toContain(filter.routeConfiguration);
        }
      }),
    );
  });

  test('no two filter chains of a listener match the same connection, which Envoy would refuse', () => {
    fc.assert(
      fc.property(mesh, interception, (view, mode) => {
        for (const proxy of proxiesOf(view))
          for (const { chains } of buildProxy(view, proxy, { interception: mode }).ir.listeners) {
            const matches = chains.map(({ match }) => JSON.stringify(match));
            expect(new Set(matches).size).toBe(matches.length);
          }
      }),
    );
  });
});

describe('a change reaches no proxy but its dependents', () => {
  const options = { interception: 'explicit' } as const;

  test('when a resource is written or deleted', () => {
    fc.assert(
      fc.property(meshFile, write, fc.boolean(), (file, [path, spec], isDelete) => {
        const before = toView(file);
        const after = toView({ ...file, resources: { ...without(file, path), ...(isDelete ? {} : { [path]: spec }) } });
        const id = [...before.resources, ...after.resources].find((item) => arnPath(item) === `mesh/shop/${path}`);
        const reached = new Set((id === undefined ? [] : dependents(after, [id])).map(key));
        for (const proxy of proxiesOf(before).filter((item) => !reached.has(key(item))))
          expect(compile(after, proxy, options)).toEqual(compile(before, proxy, options));
      }),
    );
  });

  test('when the split or the endpoints of a node change', () => {
    fc.assert(
      fc.property(meshFile, nodeName, split, (file, node, changed) => {
        const before = toView(file);
        const after = toView({ ...file, splits: { ...file.splits, [node]: changed }, endpoints: {} });
        const withEndpoints = { ...after, endpoints: new Map([...before.endpoints].filter(([name]) => name !== node)) };
        const reached = new Set(clientsOf(before, node).map(key));
        for (const proxy of proxiesOf(before).filter((item) => !reached.has(key(item))))
          expect(compile(withEndpoints, proxy, options)).toEqual(compile(before, proxy, options));
      }),
    );
  });

  test('and a change of basis points alone changes virtual hosts and nothing else', () => {
    fc.assert(
      fc.property(meshFile, nodeName, fc.nat({ max: 10_000 }), fc.nat({ max: 10_000 }), (file, node, from, to) => {
        const at = (basisPoints: number) => toView(canaryAt(file, node, basisPoints));
        const view = at(from);
        for (const proxy of proxiesOf(view)) {
          const [before, after] = [view, at(to)].map((item) => compile(item, proxy, options).resources);
          expect(withoutVirtualHosts(after)).toEqual(withoutVirtualHosts(before));
        }
      }),
    );
  });
});

function canaryAt(file: MeshFile, node: string, basisPoints: number): MeshFile {
  const canary = { deployment: 'd1', basisPoints, shield: 'safe-methods', rollout: 'r', reportEveryMs: 1000 } as const;
  return { ...file, splits: { ...file.splits, [node]: { stable: ['d0'], canary } } };
}

const virtualHostType = 'type.googleapis.com/envoy.config.route.v3.VirtualHost';

const withoutVirtualHosts = (resources: object = {}) =>
  Object.fromEntries(Object.entries(resources).filter(([type]) => type !== virtualHostType));

const key = ({ kind, name }: { readonly kind: string; readonly name: string }) => `${kind}/${name}`;

const without = ({ resources }: MeshFile, path: string) =>
  Object.fromEntries(Object.entries(resources).filter(([name]) => name !== path));

function namedClusters(ir: ProxyIr): string[] {
  const routed = forwards(ir).flatMap(({ targets }) =>
    targets.flatMap(({ cluster, canary }) => (canary?.shield === undefined ? [cluster] : [cluster, canary.shield])),
  );
  const passed = ir.listeners.flatMap(({ chains }) => chains.map(({ filter }) => filter));
  const shields = ir.clusters.flatMap((item) => (item.kind === 'shield' ? [item.canary, item.stable] : []));
  return [
    ...routed,
    ...passed.flatMap((filter) => (filter.kind === 'tcp' ? filter.targets.map(({ cluster }) => cluster) : [])),
    ...shields,
  ];
}

/** Whether the endpoints of each variant let the split stand as written. */
function asWritten(ir: ProxyIr, stable: string): boolean {
  const count = (name: string) => {
    const found = ir.clusters.find((item) => item.name === name);
    return found?.kind === 'eds' ? found.endpoints.length : 0;
  };
  return count(stable) > 0 && count(`${stable}_canary`) > 0;
}

function checkWeights(view: MeshView, ir: ProxyIr, targets: readonly TargetIr[]): void {
  for (const { weight } of targets) expect(Number.isSafeInteger(weight) && weight >= 0).toBe(true);
  expect(targets.reduce((sum, { weight }) => sum + weight, 0)).toBeGreaterThan(0);
  for (const { cluster, weight } of targets.filter(({ canary }) => canary !== undefined)) {
    const stable = cluster.slice(0, -'_canary'.length);
    if (!asWritten(ir, stable)) continue;
    const stableWeight = targets.find((item) => item.cluster === stable)?.weight ?? 0;
    const node = ir.canaries.find(({ clusters }) => clusters.stable === stable)?.node ?? '';
    const basisPoints = view.splits.get(node)?.canary?.basisPoints ?? 0;
    expect(weight * 10_000).toBe((weight + stableWeight) * basisPoints);
  }
}

describe('whatever users write', () => {
  const halfOfAPair = fc.constant('\ud800');
  const text = fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), halfOfAPair);
  const count = fc.oneof(fc.nat(), fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53, 1e300));
  const duration = fc.record({ unit: fc.constantFrom('s', 'ms'), value: count });
  const header = fc.record({
    name: text,
    match: fc.oneof(
      fc.record({ exact: text }),
      fc.record({ regex: text }),
      fc.record({ range: fc.record({ start: count.map((value) => -value), end: count }) }),
    ),
  });
  const odd = fc.record({ text, count, duration, headers: fc.array(header) });

  test('is encoded or reported, and never ends the compilation', () => {
    fc.assert(
      fc.property(odd, ({ text: name, count: max, duration: time, headers }) => {
        const limits = { maxServerErrors: max, interval: time, baseEjectionDuration: time, maxEjectionPercent: 50 };
        const listener = {
          portMapping: { port: 80, protocol: 'http' },
          connectionPool: { http: { maxConnections: max, maxPendingRequests: max } },
          timeout: { http: { perRequest: time, idle: time } },
          outlierDetection: limits,
        };
        const route = {
          match: { path: { regex: name }, headers, queryParameters: [{ name, match: { exact: name } }] },
          action: { weightedTargets: [{ virtualNode: 'n', weight: 1 }] },
          timeout: { perRequest: time, idle: time },
          retryPolicy: {
            maxRetries: max,
            perRetryTimeout: time,
            httpRetryEvents: [name, 'server-error', 'constructor'],
          },
        };
        const view = toView({
          resources: {
            'virtualNode/n': {
              listeners: [listener],
              serviceDiscovery: { dns: { hostname: name } },
              backends: [{ virtualService: { virtualServiceName: 's' } }],
              logging: { accessLog: { file: { path: name, format: { json: [{ key: name, value: name }] } } } },
            },
            'virtualService/s': { provider: { virtualRouter: { virtualRouterName: 'r' } } },
            'virtualRouter/r': { listeners: [{ portMapping: { port: 80, protocol: 'http' } }] },
            'virtualRouter/r/route/x': { httpRoute: route },
          },
        });
        const { findings } = compile(
          view,
          { owner: view.owner, mesh: 'shop', kind: 'vn', name: 'n' },
          { interception: 'explicit' },
        );
        expect(findings.some(({ reason }) => reason.startsWith('constructor is no retry event'))).toBe(true);
      }),
    );
  });
});
