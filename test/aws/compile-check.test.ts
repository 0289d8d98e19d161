import { expect, test } from 'vitest';
import { wouldCompile } from '#aws/compile-check.ts';
import type { Resource, ResourceId, ResourceKind } from '#mesh/model/resource.ts';

const resource = (kind: ResourceKind, name: string, spec: object, parent?: string): Resource => {
  const stored = {
    kind,
    owner: '123456789012',
    mesh: 'm',
    name,
    spec,
    uid: 'u',
    version: 1,
    createdAt: 0,
    lastUpdatedAt: 0,
  };
  return { ...stored, ...(parent === undefined ? {} : { parent }) } as Resource;
};
const listener = (port: number) => ({ portMapping: { port, protocol: 'http' } });
const node = (name: string, backends: string[], ...ports: number[]) =>
  resource('virtualNode', name, {
    listeners: ports.map(listener),
    serviceDiscovery: { dns: { hostname: name } },
    backends: backends.map((virtualServiceName) => ({ virtualService: { virtualServiceName } })),
  });
const route = (...weightedTargets: object[]) =>
  resource('route', 'x', { httpRoute: { match: { prefix: '/' }, action: { weightedTargets } } }, 'r');
const client = node('client', ['svc']);
const around = [
  resource('mesh', 'm', {}),
  client,
  node('server', [], 80),
  resource('virtualRouter', 'r', { listeners: [listener(80)] }),
  resource('virtualService', 'svc', { provider: { virtualRouter: { virtualRouterName: 'r' } } }),
];
const meshOf = (...resources: Resource[]) => ({ owner: '123456789012', mesh: 'm', resources });
const written = (change: ResourceId, before: Resource[], after: Resource[]) =>
  wouldCompile(meshOf(...before), meshOf(...after), change);

test('a route to a port its node listens on is taken', () => {
  const good = route({ virtualNode: 'server', weight: 1 });

  expect(written(good, around, [...around, good])).toBeUndefined();
});

test('a route to a port its node does not listen on is refused with the place and the reason', () => {
  const bad = route({ virtualNode: 'server', weight: 1, port: 81 });

  expect(written(bad, around, [...around, bad])).toContain(
    'spec.httpRoute.action.weightedTargets[0]: virtual node server has no listener on port 81',
  );
});

test('a fault that was there before does not stand in the way of another change', () => {
  const bad = route({ virtualNode: 'server', weight: 1, port: 81 });
  const same = { ...bad, version: 2 };

  expect(written(bad, [...around, bad], [...around, same])).toBeUndefined();
});

test('a backend may name a service that comes later', () => {
  const eager = node('eager', ['not-yet']);

  expect(written(eager, around, [...around, eager])).toBeUndefined();
});
