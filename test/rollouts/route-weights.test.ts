import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RouteSpec, WeightedTarget } from '#mesh/model/spec.gen.ts';
import { RouteWeightsError, twinShare, withTwinWeights } from '#rollouts/route-weights.ts';

const twins = { from: 'v1', to: 'v2' };

const routed = (...weights: readonly (readonly [string, number])[]): RouteSpec => ({
  priority: 3,
  httpRoute: {
    match: { prefix: '/' },
    action: { weightedTargets: weights.map(([virtualNode, weight]): WeightedTarget => ({ virtualNode, weight })) },
  },
});

describe('a route whose traffic moves between two nodes', () => {
  test('gives the new node the share and keeps everything else as it was sent', () => {
    expect(withTwinWeights(routed(['v1', 100], ['v2', 0]), twins, 5)).toEqual(routed(['v1', 95], ['v2', 5]));
  });

  test('is given weights that divide exactly when its own do not', () => {
    expect(withTwinWeights(routed(['v1', 1], ['v2', 0]), twins, 25)).toEqual(routed(['v1', 3], ['v2', 1]));
  });

  test('leaves other targets their share', () => {
    expect(withTwinWeights(routed(['v1', 1], ['v2', 1], ['v0', 2]), twins, 25)).toEqual(
      routed(['v1', 3], ['v2', 1], ['v0', 4]),
    );
  });

  test('may be one for gRPC or TCP', () => {
    const spec: RouteSpec = {
      tcpRoute: {
        action: {
          weightedTargets: [
            { virtualNode: 'v2', weight: 0, port: 9 },
            { virtualNode: 'v1', weight: 4 },
          ],
        },
      },
    };
    expect(withTwinWeights(spec, twins, 50)).toEqual({
      tcpRoute: {
        action: {
          weightedTargets: [
            { virtualNode: 'v2', weight: 2, port: 9 },
            { virtualNode: 'v1', weight: 2 },
          ],
        },
      },
    });
  });

  test.each<[string, RouteSpec, number, string]>([
    ['a share that needs larger weights', routed(['v1', 100], ['v2', 0]), 2.55, '2.55 % cannot be written'],
    ['a route without the new node', routed(['v1', 100]), 5, 'no target v2: add it with weight 0'],
    ['a route that names a node twice', routed(['v1', 1], ['v1', 1], ['v2', 0]), 5, 'names v1 2 times'],
    ['twins that get no traffic', routed(['v1', 0], ['v2', 0], ['v0', 1]), 5, 'neither v1 nor v2'],
  ])('is refused: %s', (_, spec, percent, reason) => {
    expect(() => withTwinWeights(spec, twins, percent)).toThrow(RouteWeightsError);
    expect(() => withTwinWeights(spec, twins, percent)).toThrow(reason);
  });

  test('has exactly the share it was given, or is refused', () => {
    const weight = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(weight, weight, weight, fc.integer({ min: 0, max: 10_000 }), (v1, v2, other, basisPoints) => {
        const spec = routed(['v0', other], ['v1', v1], ['v2', v2]);
        const percent = basisPoints / 100;
        let moved: RouteSpec;
        try {
          moved = withTwinWeights(spec, twins, percent);
        } catch (error) {
          expect(error).toBeInstanceOf(RouteWeightsError);
          return;
        }
        expect(twinShare(moved, twins)).toBeCloseTo(percent, 9);
        const [v0After = 0, v1After = 0, v2After = 0] =
          moved.httpRoute?.action.weightedTargets.map((target) => target.weight) ?? [];
        expect(v0After * (v1 + v2)).toBe(other * (v1After + v2After));
      }),
    );
  });
});
