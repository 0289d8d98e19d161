import { describe, expect, test } from 'vitest';
import type { MoveRequest } from '#aws/start-move.ts';
import { defaultPolicy } from '#rollouts/policy.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import type { Policy } from '#rollouts/types.ts';
import { type MoveWish, moveRoutes } from '../../functions/weir-api/move-routes.ts';
import { meshView, OWNER } from '../support/mesh-view.ts';
import { rollout } from '../support/rollout.ts';

const { resources } = meshView(`
resources:
  virtualRouter/orders: {}
  virtualRouter/orders/route/main: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: v1, weight: 100 }, { virtualNode: v2, weight: 0 }] } } }
  virtualRouter/orders/route/slow: { tcpRoute: { action: { weightedTargets: [{ virtualNode: v2, weight: 0 }, { virtualNode: v1, weight: 1 }] } } }
  virtualRouter/orders/route/old: { httpRoute: { match: { prefix: /old }, action: { weightedTargets: [{ virtualNode: v1, weight: 1 }] } } }
  virtualNode/v1: {}
  virtualNode/v2: {}`);

const wish: MoveWish = { mesh: 'shop', virtualRouter: 'orders', from: 'v1', to: 'v2' };

function asking({ running = [], policy = {} }: { running?: readonly Rollout[]; policy?: Partial<Policy> } = {}) {
  const moved: MoveRequest[] = [];
  const ports = {
    owner: OWNER,
    rollouts: { list: async () => ({ rollouts: running }) },
    declared: async (mesh: string) => (mesh === 'shop' ? resources : []),
    policyFor: async () => ({ ...defaultPolicy, ...policy }),
    move: async (request: MoveRequest) => {
      moved.push(request);
      return { id: 'route-1' };
    },
  };
  return { moved, ask: (more: Partial<MoveWish> = {}) => moveRoutes(ports, { ...wish, ...more }, 'arn:me') };
}

describe('asking for traffic to be moved between two nodes', () => {
  test('moves every route of the router that names both', async () => {
    const { ask, moved } = asking();
    expect(await ask()).toEqual({ status: 202, body: { id: 'route-1' } });
    expect(moved[0]).toMatchObject({
      node: { kind: 'vn', mesh: 'shop', name: 'v2' },
      move: { virtualRouter: 'orders', routes: ['main', 'slow'], from: 'v1' },
      router: 'mesh/shop/virtualRouter/orders',
      actor: 'arn:me',
    });
  });

  test('moves only the routes it is asked for', async () => {
    const { ask, moved } = asking();
    await ask({ routes: ['slow'] });
    expect(moved[0]?.move.routes).toEqual(['slow']);
  });

  const under = (more: Partial<Rollout>) =>
    rollout({
      id: 'route-0',
      kind: 'route',
      service: 'mesh/shop/virtualRouter/orders',
      node: { owner: OWNER, mesh: 'shop', kind: 'vn', name: 'v2' },
      move: { virtualRouter: 'orders', routes: ['main', 'slow'], from: 'v1' },
      ...more,
    });

  test('said again while it is under way answers the rollout there is', async () => {
    const { ask, moved } = asking({ running: [under({})] });
    expect(await ask()).toEqual({ status: 202, body: { id: 'route-0' } });
    expect(moved).toEqual([]);
  });

  test.each<[string, Partial<MoveWish>, Parameters<typeof asking>[0], number, string]>([
    ['a router that is not there', { virtualRouter: 'cart' }, {}, 404, 'mesh shop has no virtual router cart'],
    ['a mesh that is not there', { mesh: 'mall' }, {}, 404, 'mesh mall has no virtual router orders'],
    ['a node that is not there', { to: 'v3' }, {}, 404, 'mesh shop has no virtual node v3'],
    ['a route that is not there', { routes: ['new'] }, {}, 404, 'mesh shop has no route new of orders'],
    ['one node for both', { to: 'v1' }, {}, 400, 'is the node that traffic comes from'],
    ['a route that names only one of them', { routes: ['old'] }, {}, 409, 'route old: the route has no target v2'],
    [
      'a step that no weights of a route can give',
      {},
      {
        policy: {
          steps: [
            { weight: 0.25, seconds: 1 },
            { weight: 100, seconds: 1 },
          ],
        },
      },
      409,
      'route main: 0.25 % cannot be written',
    ],
    ['a policy that copies requests', {}, { policy: { strategy: 'mirror' } }, 409, 'has the strategy mirror'],
    ['a policy that is a dry run', {}, { policy: { dryRun: true } }, 409, 'is a dry run'],
    [
      'another move of the router’s routes under way',
      {},
      { running: [under({ move: { virtualRouter: 'orders', routes: ['main'], from: 'v1' } })] },
      409,
      'rollout route-0 moves routes of mesh/shop/virtualRouter/orders already',
    ],
  ])('is refused: %s', async (_, more, state, status, message) => {
    const { ask, moved } = asking(state);
    await expect(ask(more)).rejects.toMatchObject({ status, message: expect.stringContaining(message) });
    expect(moved).toEqual([]);
  });
});
