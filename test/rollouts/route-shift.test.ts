import { describe, expect, test } from 'vitest';
import type { Comparison } from '#mesh/model/comparison.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { RouteSpec } from '#mesh/model/spec.gen.ts';
import { FenceLostError } from '#rollouts/ports.ts';
import { routeShift, type StoredRoute } from '#rollouts/route-shift.ts';
import { rollout as aRollout } from '../support/rollout.ts';

const front: ProxyId = { owner: '1', mesh: 'shop', kind: 'vg', name: 'front' };
const next: ProxyId = { ...front, kind: 'vn', name: 'v2' };

const rollout = {
  ...aRollout({ id: 'route-1', fence: 7 }),
  node: next,
  move: { virtualRouter: 'orders', routes: ['main', 'slow'], from: 'v1' },
};

const weighted = (v1: number, v2: number): RouteSpec => ({
  httpRoute: {
    match: { prefix: '/' },
    action: {
      weightedTargets: [
        { virtualNode: 'v1', weight: v1 },
        { virtualNode: 'v2', weight: v2 },
      ],
    },
  },
});

/** Two routes, 100 : 0, and a sidecar of the gateway that calls them. */
function aMesh() {
  const stored = new Map<string, StoredRoute>(
    rollout.move.routes.map((name) => [name, { spec: weighted(100, 0), version: 1 }]),
  );
  const compared = new Map<string, Comparison>();
  let rev = 0;
  const shift = routeShift({
    routes: {
      get: async ({ route }) => stored.get(route),
      update: async ({ route }, spec, writer) => {
        const version = stored.get(route)?.version ?? 0;
        if (writer.version !== version || writer.fence !== 7) throw new FenceLostError('another one holds it');
        stored.set(route, { spec, version: version + 1, writtenBy: writer.rollout });
      },
    },
    comparisons: {
      put: async (node, comparison) => void compared.set(node.name, comparison),
      remove: async (node) => void compared.delete(node.name),
    },
    sidecars: {
      of: async (proxy) => [
        { proxy, task: 'front-1', deployment: 'ecs-svc/1', wanted: true, appliedRev: 0, ready: true },
      ],
    },
    push: {
      clientsOf: async () => [front],
      push: async (proxies) => proxies.map((proxy) => ({ proxy, rev: ++rev })),
      resend: async () => {},
    },
  });
  const weights = () =>
    [...stored.values()].map(({ spec }) => spec.httpRoute?.action.weightedTargets.map((t) => t.weight));
  return { shift, stored, compared, weights };
}

describe('traffic that moves by routes', () => {
  test('is counted from weight 0 on', async () => {
    const mesh = aMesh();
    await mesh.shift.begin(rollout, []);
    expect(mesh.weights()).toEqual([
      [100, 0],
      [100, 0],
    ]);
    expect([...mesh.stored.values()].map(({ writtenBy }) => writtenBy)).toEqual(['route-1', 'route-1']);
    expect(mesh.compared.get('v2')).toMatchObject({ stable: 'v1', rollout: 'route-1' });
  });

  test('is given the same share on every route, and who routes to it must confirm', async () => {
    const { shift, weights } = aMesh();
    await shift.begin(rollout, []);
    expect(await shift.give(rollout, 5, 'traffic')).toEqual([{ proxy: front, task: 'front-1', rev: 2 }]);
    expect(weights()).toEqual([
      [95, 5],
      [95, 5],
    ]);
  });

  test('is not written again when a step is repeated', async () => {
    const { shift, stored } = aMesh();
    await shift.begin(rollout, []);
    await shift.give(rollout, 25, 'traffic');
    const before = [...stored.values()];
    await shift.give(rollout, 25, 'traffic');
    expect([...stored.values()]).toEqual(before);
  });

  test('may be given a weight it had before', async () => {
    const { shift, weights } = aMesh();
    await shift.begin(rollout, []);
    for (const percent of [5, 25, 5]) await shift.give(rollout, percent, 'traffic');
    expect(weights()[0]).toEqual([95, 5]);
  });

  test('goes back to the old node as a whole, and is compared no more', async () => {
    const { shift, weights, compared } = aMesh();
    await shift.begin(rollout, []);
    await shift.give(rollout, 50, 'traffic');
    await shift.restore(rollout);
    await shift.end(rollout);
    expect(weights()[1]).toEqual([100, 0]);
    expect(compared.size).toBe(0);
  });

  test('stays as a user wrote it meanwhile', async () => {
    const { shift, stored } = aMesh();
    await shift.begin(rollout, []);
    const byHand = { spec: weighted(80, 20), version: 3 };
    stored.set('slow', byHand);
    await expect(shift.give(rollout, 50, 'traffic')).rejects.toBeInstanceOf(FenceLostError);
    expect(stored.get('slow')).toBe(byHand);
  });

  test('stays when a user deleted the route meanwhile', async () => {
    const { shift, stored } = aMesh();
    await shift.begin(rollout, []);
    stored.delete('main');
    await expect(shift.promote(rollout)).rejects.toThrow(
      'Route main of virtual router orders in mesh shop was deleted',
    );
  });
});
