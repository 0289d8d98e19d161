import { expect, test } from 'vitest';
import { wouldCompile } from '#aws/compile-check.ts';
import type { MeshFile } from '../support/mesh-view.ts';
import { OWNER, viewOf } from '../support/mesh-view.ts';

const listener = (port: number) => ({ portMapping: { port, protocol: 'http' } });
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
const id = { kind: 'route', owner: OWNER, mesh: 'shop', parent: 'orders', name: 'main' } as const;
const after = (resources: MeshFile['resources']) => viewOf({ resources: { ...shop, ...resources } });

test('a route to a port that its target does not listen on is refused, with the place and the reason', () => {
  const reason = wouldCompile(viewOf({ resources: shop }), after({ 'virtualRouter/orders/route/main': route(7) }), id);

  expect(reason).toContain('spec.httpRoute.action.weightedTargets[0]');
  expect(reason).toContain('virtual node orders has no listener on port 7');
});

test('a route to a listener is taken, though none of its target’s tasks run and nothing else discovers it', () => {
  const good = after({ 'virtualRouter/orders/route/main': route(9090) });

  expect(wouldCompile(viewOf({ resources: shop }), good, id)).toBeUndefined();
});

test('a fault that was there before does not stand in the way of another change of the same resource', () => {
  const before = after({ 'virtualRouter/orders/route/main': route(7) });
  const changed = after({ 'virtualRouter/orders/route/main': { ...route(7), priority: 3 } });

  expect(wouldCompile(before, changed, id)).toBeUndefined();
});

test('a fault in another resource is not the writer’s', () => {
  const before = after({ 'virtualRouter/orders/route/main': route(7) });
  const web = { kind: 'virtualNode', owner: OWNER, mesh: 'shop', name: 'web' } as const;

  expect(wouldCompile(viewOf({ resources: {} }), before, web)).toBeUndefined();
});

test('a backend may name a service that is not there yet, as in App Mesh', () => {
  const web = { kind: 'virtualNode', owner: OWNER, mesh: 'shop', name: 'web' } as const;
  const alone = viewOf({ resources: { 'virtualNode/web': shop['virtualNode/web'] ?? {} } });

  expect(wouldCompile(viewOf({ resources: {} }), alone, web)).toBeUndefined();
});

const tls = (mode: string) => ({
  mode,
  certificate: { file: { certificateChain: '/c.pem', privateKey: '/k.pem' } },
});
const orders = { kind: 'virtualNode', owner: OWNER, mesh: 'shop', name: 'orders' } as const;
const encrypted = (mode: string) =>
  after({ 'virtualNode/orders': { listeners: [{ ...listener(8080), tls: tls(mode) }] } });

test('a listener that takes nothing but TLS is refused: it would be served in plain text', () => {
  expect(wouldCompile(viewOf({ resources: shop }), encrypted('STRICT'), orders)).toContain('spec.listeners[0].tls');
});

test.each(['PERMISSIVE', 'DISABLED'])('a listener with TLS mode %s is taken', (mode) => {
  expect(wouldCompile(viewOf({ resources: shop }), encrypted(mode), orders)).toBeUndefined();
});
