import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '#mesh/compile-proxy.ts';
import type { Interception } from '#mesh/model/endpoint.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { resourcesHash } from '#mesh/wire/snapshot.ts';
import { interception, meshFile, proxiesOf, toView } from '../../support/arbitrary-mesh.ts';

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
