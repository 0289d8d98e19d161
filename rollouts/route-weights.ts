import type { RouteSpec, WeightedTarget } from '#mesh/model/spec.gen.ts';

/** App Mesh's largest weight of a target (`PercentInt` of its API model). */
const MOST_WEIGHT = 100;

/** The two virtual nodes of a route between which traffic moves. */
export interface Twins {
  readonly from: string;
  readonly to: string;
}

/** A share that a route cannot be given, or a route that does not name both nodes once; the message says which and why. */
export class RouteWeightsError extends Error {
  override readonly name = 'RouteWeights';
}

/**
 * The route with `percent` of the twins' traffic at `to` and the rest at `from`; what goes to other targets keeps its share,
 * and everything else stays as it was sent. Weights are whole numbers of at most 100, so all of them may be multiplied to
 * divide exactly.
 * @throws {RouteWeightsError} when there are none that give exactly this share.
 */
export function withTwinWeights(spec: RouteSpec, twins: Twins, percent: number): RouteSpec {
  const type = routeType(spec);
  const route = spec[type];
  if (route === undefined) throw new RouteWeightsError('the route has no type');
  const { action } = route;
  const weightedTargets = divided(action.weightedTargets, twins, percent);
  return { ...spec, [type]: { ...route, action: { ...action, weightedTargets } } };
}

/** Percent of the twins' traffic that a route gives `to` now; 0 when they get none. */
export function twinShare(spec: RouteSpec, twins: Twins): number {
  const { from, to } = pairOf(spec[routeType(spec)]?.action.weightedTargets ?? [], twins);
  const total = from.weight + to.weight;
  return total === 0 ? 0 : (100 * to.weight) / total;
}

function routeType(spec: RouteSpec): 'httpRoute' | 'http2Route' | 'grpcRoute' | 'tcpRoute' {
  const types = ['httpRoute', 'http2Route', 'grpcRoute', 'tcpRoute'] as const;
  return types.find((type) => spec[type] !== undefined) ?? 'httpRoute';
}

function divided(targets: readonly WeightedTarget[], twins: Twins, percent: number): readonly WeightedTarget[] {
  const pair = pairOf(targets, twins);
  const total = pair.from.weight + pair.to.weight;
  if (total === 0) throw new RouteWeightsError(`neither ${twins.from} nor ${twins.to} gets any traffic from the route`);
  for (let factor = 1; factor <= MOST_WEIGHT; factor++) {
    const weighted = targets.map((target): WeightedTarget => {
      if (target === pair.to) return { ...target, weight: exact(total * factor, percent) };
      const weight = target === pair.from ? exact(total * factor, 100 - percent) : target.weight * factor;
      return { ...target, weight };
    });
    if (weighted.every(({ weight }) => Number.isInteger(weight) && weight <= MOST_WEIGHT)) return weighted;
  }
  throw new RouteWeightsError(`${percent} % cannot be written in whole weights of at most ${MOST_WEIGHT}`);
}

/** Percents have two decimals at most: what is a whole number of basis points must not look like a fraction. */
function exact(total: number, percent: number): number {
  return (total * Math.round(percent * 100)) / 10_000;
}

function pairOf(targets: readonly WeightedTarget[], { from, to }: Twins) {
  return { from: only(targets, from), to: only(targets, to) };
}

function only(targets: readonly WeightedTarget[], node: string): WeightedTarget {
  const found = targets.filter(({ virtualNode }) => virtualNode === node);
  const [target] = found;
  if (target === undefined) throw new RouteWeightsError(`the route has no target ${node}: add it with weight 0`);
  if (found.length > 1) throw new RouteWeightsError(`the route names ${node} ${found.length} times`);
  return target;
}
