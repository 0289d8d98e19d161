import { describe, expect, test } from 'vitest';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import type { Comparison } from '#mesh/model/comparison.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import { meshView, proxyId } from '../../support/mesh-view.ts';

const OLD = 'cds_egress_shop_v1_http_8080';
const NEW = 'cds_egress_shop_v2_http_8080';

const declared = (second = 'http') =>
  meshView(`
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/main: { httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: v1, weight: 95 }, { virtualNode: v2, weight: 5 }] } } }
  virtualRouter/orders/route/old: { httpRoute: { match: { prefix: /old }, action: { weightedTargets: [{ virtualNode: v1, weight: 1 }] } } }
  virtualNode/v1: { listeners: [{ portMapping: { port: 8080, protocol: http } }], serviceDiscovery: { dns: { hostname: v1.local } } }
  virtualNode/v2: { listeners: [{ portMapping: { port: 8080, protocol: ${second} } }], serviceDiscovery: { dns: { hostname: v2.local } } }`);

const comparison: Comparison = { stable: 'v1', rollout: 'route-1', shield: 'safe-methods', reportEveryMs: 1000 };

function build(view: MeshView, how: Partial<Comparison> = {}) {
  const compared = { ...view, comparisons: new Map([['v2', { ...comparison, ...how }]]) };
  const { ir, findings } = buildProxy(compared, proxyId(view, 'virtualNode/front'), { interception: 'explicit' });
  const targets = ir.routeConfigurations
    .flatMap(({ virtualHosts }) => virtualHosts)
    .flatMap(({ routes }) => routes)
    .flatMap(({ action }) => (action.kind === 'forward' ? [action.targets] : []));
  return { ir, findings, targets };
}

describe('two nodes that a route rollout moves traffic between', () => {
  test('are counted under the rollout, the one it moves to as the canary', () => {
    expect(build(declared()).ir.canaries).toEqual([
      {
        node: 'v2',
        rollout: 'route-1',
        everyMs: 1000,
        clusters: { stable: OLD, canary: NEW, shield: `${NEW}_canary_shielded` },
      },
    ]);
  });

  test('keep the weights of their route, and a failed request to the new one is answered by the old one', () => {
    const { targets, ir } = build(declared());
    expect(targets).toContainEqual([
      { cluster: OLD, weight: 95 },
      { cluster: NEW, weight: 5, canary: { shield: `${NEW}_canary_shielded` } },
    ]);
    expect(ir.clusters).toContainEqual({
      kind: 'shield',
      name: `${NEW}_canary_shielded`,
      canary: NEW,
      stable: OLD,
    });
  });

  test('leave routes alone that name only one of them', () => {
    expect(build(declared()).targets).toContainEqual([{ cluster: OLD, weight: 1 }]);
  });

  test('are not shielded when the policy says so', () => {
    expect(build(declared(), { shield: 'off' }).targets).toContainEqual([
      { cluster: OLD, weight: 95 },
      { cluster: NEW, weight: 5, canary: {} },
    ]);
  });

  test('are not counted while one of them has a canary of its own, which is told', () => {
    const view = declared();
    const canary = {
      deployment: 'ecs-svc/2',
      basisPoints: 0,
      shield: 'off',
      rollout: 'dep-2',
      reportEveryMs: 1,
    } as const;
    const split = { ...view, splits: new Map([['v1', { stable: ['ecs-svc/1'], canary }]]) };
    const { ir, findings } = build(split);
    expect(ir.canaries.map(({ rollout }) => rollout)).toEqual(['dep-2']);
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'degraded', reason: expect.stringContaining('v1 has a canary of its own') }),
    );
  });
});
