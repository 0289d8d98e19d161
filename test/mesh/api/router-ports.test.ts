import { expect, test } from 'vitest';
import { routerPortFault } from '#mesh/api/rules/router-ports.ts';
import type { Resource, ResourceKind } from '#mesh/model/resource.ts';

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
const router = (...ports: number[]) =>
  resource('virtualRouter', 'r', { listeners: ports.map((port) => ({ portMapping: { port, protocol: 'http' } })) });
const route = (name: string, match: object, type = 'httpRoute', parent = 'r') =>
  resource('route', name, { [type]: { match, action: { weightedTargets: [] } } }, parent);

test("a second listener is refused while a route matches no port, in App Mesh's words", () => {
  const routes = [
    route('a', { prefix: '/' }),
    route('b', { port: 1 }),
    route('c', {}, 'tcpRoute'),
    route('x', {}, 'httpRoute', 'other'),
  ];

  expect(routerPortFault(routes, router(1, 2))).toBe(
    'All Routes for this Virtual Router must define a port match before adding multiple listeners to this Virtual Router. ' +
      '2 Route(s) are missing port. Listing up to 5 route names: [a, c]',
  );
  expect(routerPortFault(routes, router(1))).toBeUndefined();
  expect(routerPortFault([route('b', { port: 1 })], router(1, 2))).toBeUndefined();
});

test.each([
  ['matches none of one port', { prefix: '/' }, [1], undefined],
  ['matches the one port', { port: 1 }, [1], undefined],
  ['matches a port, and the router has no listener yet', { port: 1 }, [], undefined],
  ['matches one of two', { port: 2 }, [1, 2], undefined],
  ['matches none of two', { prefix: '/' }, [1, 2], 'spec has no port match, and VirtualRouter r listens on 1, 2'],
  ['matches another', { port: 3 }, [1, 2], 'spec matches port 3, and VirtualRouter r listens on 1, 2'],
])('a route that %s', (_, match, ports, fault) => {
  expect(routerPortFault([router(...ports)], route('a', match))).toBe(fault);
});

test('other kinds have nothing to do with it', () => {
  expect(routerPortFault([router(1, 2)], resource('virtualNode', 'n', {}))).toBeUndefined();
});
