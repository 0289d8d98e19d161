import type { Comparison } from '#mesh/model/comparison.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { RouteSpec } from '#mesh/model/spec.gen.ts';
import { FenceLostError, type MeshPush, type Sidecars, type TrafficShift } from './ports.ts';
import type { Rollout, RouteMove } from './rollout.ts';
import { twinShare, withTwinWeights } from './route-weights.ts';
import { spread } from './spread.ts';

/** A route of the declared mesh. */
export interface RouteName {
  readonly owner: string;
  readonly mesh: string;
  readonly virtualRouter: string;
  readonly route: string;
}

/** A route as stored; `writtenBy` is the rollout that wrote it last, absent after anybody else's write. */
export interface StoredRoute {
  readonly spec: RouteSpec;
  readonly version: number;
  readonly writtenBy?: string;
}

/** Reads routes, and writes them as UpdateRoute does: compiled first, in one transaction, which also asks for the fence. */
export interface DeclaredRoutes {
  get(name: RouteName): Promise<StoredRoute | undefined>;
  /** @throws {FenceLostError} when the rollout has lost its lock, or the route is not at `version` any more. */
  update(name: RouteName, spec: RouteSpec, writer: RouteWriter): Promise<void>;
}

/** Who writes a route, under which fence, over which version of it. */
export interface RouteWriter {
  readonly rollout: string;
  readonly fence: number;
  readonly version: number;
}

/** What sidecars are to compare, by the virtual node that traffic moves to. */
export interface Comparisons {
  put(node: ProxyId, comparison: Comparison): Promise<void>;
  /** Takes it away if it is still this rollout's. */
  remove(node: ProxyId, rollout: string): Promise<void>;
}

/** What a shift between two declared virtual nodes writes through. */
export interface RouteShiftPorts {
  readonly routes: DeclaredRoutes;
  readonly comparisons: Comparisons;
  readonly sidecars: Sidecars;
  readonly push: MeshPush;
}

/** A rollout whose traffic is moved in the declared routes. */
export type MovedRollout = Rollout & { readonly move: RouteMove };

/**
 * Traffic between two declared virtual nodes, by the weights of the routes that name both: the App Mesh way. Whoever else
 * writes such a route meanwhile has the last word: the next shift finds it and throws {@link FenceLostError}.
 */
export function routeShift(ports: RouteShiftPorts): TrafficShift {
  const give = async (rollout: Rollout, percent: number) => {
    const moved = movedOf(rollout);
    for (const route of moved.move.routes) await turn(ports, moved, route, percent);
    // The writes were pushed as any user's are: what must be confirmed are the revisions that carry them.
    return spread(ports, moved.node);
  };
  return {
    async begin(rollout) {
      const moved = movedOf(rollout);
      const { shield, reportEveryMs } = moved.policy;
      const { id, node, move } = moved;
      await ports.comparisons.put(node, { stable: move.from, rollout: id, shield, reportEveryMs });
      for (const route of move.routes) await turn(ports, moved, route, 0, 'first');
      await spread(ports, moved.node);
    },
    give,
    promote: (rollout) => give(rollout, 100),
    restore: (rollout) => give(rollout, 0),
    async end({ node, id }) {
      await ports.comparisons.remove(node, id);
      await ports.push.push(await ports.push.clientsOf(node));
    },
    /** Routes tell the nodes apart always: what the new one would get by itself is what they gave it, nothing. */
    naturalShare: async () => 0,
  };
}

function movedOf(rollout: Rollout): MovedRollout {
  const { move } = rollout;
  if (move === undefined) throw new TypeError(`rollout ${rollout.id} moves no routes`);
  return { ...rollout, move };
}

/** Gives one route its weights; one that has them already, of this rollout's own hand, is left alone. */
async function turn(ports: RouteShiftPorts, rollout: MovedRollout, route: string, percent: number, time?: 'first') {
  const { id, fence, node, move } = rollout;
  const name = { owner: node.owner, mesh: node.mesh, virtualRouter: move.virtualRouter, route };
  const stored = await ports.routes.get(name);
  const isOurs = stored?.writtenBy === id;
  if (stored === undefined || (time !== 'first' && !isOurs)) throw new FenceLostError(lost(name, stored));
  const twins = { from: move.from, to: node.name };
  if (isOurs && twinShare(stored.spec, twins) === percent) return;
  const spec = withTwinWeights(stored.spec, twins, percent);
  await ports.routes.update(name, spec, { rollout: id, fence, version: stored.version });
}

function lost({ mesh, virtualRouter, route }: RouteName, stored: StoredRoute | undefined): string {
  const what = stored === undefined ? 'was deleted' : 'was written by somebody else';
  return `Route ${route} of virtual router ${virtualRouter} in mesh ${mesh} ${what} during the rollout.`;
}
