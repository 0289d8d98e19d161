import { describe, expect, test } from 'vitest';
import { clientsOf, dependents, targetsOf } from '#mesh/ir/dependents.ts';
import type { ResourceId, ResourceKind } from '#mesh/model/resource.ts';
import { meshView, OWNER } from '../../support/mesh-view.ts';

/** edge → front.local (node front); front → orders.local (router: v1, v2); orders v1 → pay.local (nobody yet). */
const view = meshView(`
resources:
  virtualGateway/edge: { listeners: [{ portMapping: { port: 80, protocol: http } }] }
  virtualGateway/edge/gatewayRoute/all: { httpRoute: { match: { prefix: / }, action: { target: { virtualService: { virtualServiceName: front.local } } } } }
  virtualService/front.local: { provider: { virtualNode: { virtualNodeName: front } } }
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: {}
  virtualRouter/orders/route/a: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: v1, weight: 1 }, { virtualNode: v2, weight: 0 }] } } }
  virtualNode/v1: { backends: [{ virtualService: { virtualServiceName: pay.local } }] }
  virtualNode/v2: {}`);

const names = (proxies: readonly { kind: string; name: string }[]) =>
  proxies.map(({ kind, name }) => `${kind}/${name}`);

const id = (kind: ResourceKind, name: string, parent?: string): ResourceId => ({
  kind,
  owner: OWNER,
  mesh: 'shop',
  name,
  ...(parent !== undefined && { parent }),
});

describe('the proxies a change reaches', () => {
  test.each<[string, ResourceId, string[]]>([
    ['the mesh: all', id('mesh', 'shop'), ['vg/edge', 'vn/front', 'vn/v1', 'vn/v2']],
    ['a node: itself and its clients', id('virtualNode', 'front'), ['vg/edge', 'vn/front']],
    ['a target of weight 0: its clients too', id('virtualNode', 'v2'), ['vn/front', 'vn/v2']],
    ['a router: the clients of its services', id('virtualRouter', 'orders'), ['vn/front']],
    ['a new route of the router', id('route', 'b', 'orders'), ['vn/front']],
    ['a service that is only declared as a backend', id('virtualService', 'pay.local'), ['vn/v1']],
    ['a gateway', id('virtualGateway', 'edge'), ['vg/edge']],
    ['a new gateway route', id('gatewayRoute', 'x', 'edge'), ['vg/edge']],
    ['a node that is gone', id('virtualNode', 'gone'), ['vn/gone']],
    ['a router nobody uses', id('virtualRouter', 'unused'), []],
  ])('of %s', (_, changed, reached) => {
    expect(names(dependents(view, [changed]))).toEqual(reached);
  });

  test('of several resources are counted once', () => {
    expect(names(dependents(view, [id('virtualNode', 'v1'), id('virtualNode', 'v2')]))).toEqual([
      'vn/front',
      'vn/v1',
      'vn/v2',
    ]);
  });

  test('of another mesh are none of ours', () => {
    const elsewhere = [id('virtualService', 'pay.local'), id('virtualNode', 'front')].map((item) => ({
      ...item,
      mesh: 'other',
    }));
    expect(dependents(view, elsewhere)).toEqual([]);
  });

  test('of a node’s endpoints or split are its clients, not itself', () => {
    expect(names(dependents(view, { node: 'v1' }))).toEqual(['vn/front']);
    expect(names(clientsOf(view, 'front'))).toEqual(['vg/edge']);
  });
});

test('a compilation reads the endpoints and splits of exactly the nodes its proxy sends requests to', () => {
  const [edge, front] = dependents(view, [id('virtualNode', 'front')]);
  if (edge === undefined || front === undefined) throw new Error('the mesh above has changed');
  expect(targetsOf(view, [edge])).toEqual(['front']);
  expect(targetsOf(view, [front])).toEqual(['v1', 'v2']);
  expect(targetsOf(view, [edge, front])).toEqual(['front', 'v1', 'v2']);
  expect(targetsOf(view, [])).toEqual([]);
});
