import { describe, expect, test } from 'vitest';
import { faultsOf } from '#aws/faults-of.ts';
import { parseArn } from '#mesh/model/arn.ts';
import type { Resource } from '#mesh/model/resource.ts';
import { type MeshFile, viewOf } from '../support/mesh-view.ts';

const listener = (port: number, protocol = 'http') => ({ portMapping: { port, protocol } });
const shop: MeshFile['resources'] = {
  'virtualNode/web': { backends: [{ virtualService: { virtualServiceName: 'orders.local' } }] },
  'virtualNode/orders': { listeners: [listener(8080), listener(9090)] },
  'virtualService/orders.local': { provider: { virtualRouter: { virtualRouterName: 'orders' } } },
  'virtualRouter/orders': { listeners: [listener(80)] },
};
const route = (port?: number) => ({
  httpRoute: {
    match: { prefix: '/' },
    action: { weightedTargets: [{ virtualNode: 'orders', weight: 1, ...(port && { port }) }] },
  },
});

/** What is wrong with the resource at a path, in the shop with these resources. */
function faultsAt(path: string, resources: MeshFile['resources'], base: MeshFile['resources'] = shop): string {
  const view = viewOf({ resources: { ...base, ...resources } });
  const id = parseArn(`mesh/shop/${path}`);
  const isIt = ({ kind, name, parent }: Resource) => kind === id?.kind && name === id.name && parent === id.parent;
  const written = view.resources.find(isIt);
  if (written === undefined) throw new Error(`no ${path} in the mesh`);
  return faultsOf(view.resources, written).join('; ');
}
const main = 'virtualRouter/orders/route/main';

describe('a route', () => {
  test('to a port that its target does not listen on has a fault, with the place and the reason', () => {
    const faults = faultsAt(main, { [main]: route(7) });

    expect(faults).toContain('spec.httpRoute.action.weightedTargets[0]');
    expect(faults).toContain('virtual node orders has no listener on port 7');
  });

  test('to a port that its target does not listen on has it also while no service leads to the router', () => {
    const { 'virtualService/orders.local': _, ...alone } = shop;

    expect(faultsAt(main, { [main]: route(7) }, alone)).toContain('no listener on port 7');
  });

  test('to a listener is good, though none of its target’s tasks run and nothing else discovers it', () => {
    expect(faultsAt(main, { [main]: route(9090) })).toBe('');
  });

  test('of a router that does not listen yet is good while no service leads there', () => {
    const { 'virtualService/orders.local': _, ...alone } = shop;

    expect(faultsAt(main, { 'virtualRouter/orders': {}, [main]: route(9090) }, alone)).toBe('');
  });
});

test('a fault in another resource is not the writer’s', () => {
  expect(faultsAt('virtualNode/web', { [main]: route(7) })).toBe('');
  expect(faultsAt('virtualRouter/orders', { [main]: route(7) })).toBe('');
});

test('a router that a service leads to must listen; one that nothing leads to may wait', () => {
  const { 'virtualService/orders.local': _, ...alone } = shop;

  expect(faultsAt('virtualRouter/orders', { 'virtualRouter/orders': {} })).toContain('spec.listeners: no listener');
  expect(faultsAt('virtualRouter/orders', { 'virtualRouter/orders': {} }, alone)).toBe('');
});

test('a backend may name a service that is not there yet, as in App Mesh', () => {
  expect(faultsAt('virtualNode/web', {}, { 'virtualNode/web': shop['virtualNode/web'] ?? {} })).toBe('');
});

test('a gateway route is held against the service behind it', () => {
  const target = { virtualService: { virtualServiceName: 'orders.local' }, port: 81 };
  const edge = {
    'virtualGateway/edge': { listeners: [listener(8088)] },
    'virtualGateway/edge/gatewayRoute/all': { httpRoute: { match: { prefix: '/' }, action: { target } } },
  };

  expect(faultsAt('virtualGateway/edge/gatewayRoute/all', edge)).toContain('spec.httpRoute.action.target.port');
});
