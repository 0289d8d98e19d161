import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '#mesh/compile-proxy.ts';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import type { Interception } from '#mesh/model/endpoint.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { resourcesHash } from '#mesh/wire/snapshot.ts';
import { interception, meshFile, proxiesOf, toView } from '../../support/arbitrary-mesh.ts';
import { proxyId, viewOf } from '../../support/mesh-view.ts';

const digest = (view: MeshView, proxy: ProxyId, mode: Interception) => {
  const { resources, findings, canaries } = compile(view, proxy, { interception: mode });
  return [resourcesHash(resources, []), findings, canaries];
};

test('a mesh that is read again compiles to the same digest', () => {
  fc.assert(
    fc.property(meshFile, interception, (file, mode) => {
      for (const proxy of proxiesOf(toView(file)))
        expect(digest(toView(structuredClone(file)), proxy, mode)).toEqual(digest(toView(file), proxy, mode));
    }),
  );
});

test('what other proxies share with a proxy never changes what it gets', () => {
  fc.assert(
    fc.property(meshFile, interception, (file, mode) => {
      const shared = toView(file);
      for (const proxy of proxiesOf(shared).reverse())
        expect(digest(shared, proxy, mode)).toEqual(digest(toView(file), proxy, mode));
    }),
  );
});

test('what two proxies send to, without settings of their own, is built once', () => {
  const front = { backends: [{ virtualService: { virtualServiceName: 'api' } }] };
  const view = viewOf({
    resources: {
      'virtualNode/a': front,
      'virtualNode/b': front,
      'virtualService/api': { provider: { virtualNode: { virtualNodeName: 'api' } } },
      'virtualNode/api': {
        listeners: [{ portMapping: { port: 80, protocol: 'http' } }],
        serviceDiscovery: { dns: { hostname: 'api' } },
      },
    },
  });
  const cluster = (name: string) =>
    buildProxy(view, proxyId(view, name), { interception: 'transparent' }).ir.clusters.find(
      ({ kind }) => kind === 'dns',
    );

  expect(cluster('virtualNode/a')).toBeDefined();
  expect(cluster('virtualNode/a')).toBe(cluster('virtualNode/b'));
});
