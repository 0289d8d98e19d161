import type { TrafficShift } from '#rollouts/ports.ts';
import { revisionShift } from '#rollouts/revision-shift.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import { routeShift } from '#rollouts/route-shift.ts';
import { comparisonStore } from './comparison-store.ts';
import { declaredRoutes } from './declared-routes.ts';
import { meshApiStore } from './mesh-api-store.ts';
import { proxyStore } from './proxy-store.ts';
import { publisher } from './publish.ts';
import { splitStore } from './split-store.ts';
import { table } from './table.ts';

/** The hand on the mesh of either kind of rollout, on this function's environment: routes for one that moves them, else splits. */
export function trafficShift(): TrafficShift {
  const items = table();
  const shared = { sidecars: proxyStore(items), push: publisher() };
  const revisions = revisionShift({ ...shared, splits: splitStore(items) });
  const routes = routeShift({
    ...shared,
    routes: declaredRoutes(items, meshApiStore()),
    comparisons: comparisonStore(items),
  });
  const of = ({ move }: Pick<Rollout, 'move'>) => (move === undefined ? revisions : routes);
  return {
    begin: (rollout, stable) => of(rollout).begin(rollout, stable),
    give: (rollout, percent, mode) => of(rollout).give(rollout, percent, mode),
    promote: (rollout) => of(rollout).promote(rollout),
    restore: (rollout) => of(rollout).restore(rollout),
    end: (rollout) => of(rollout).end(rollout),
    naturalShare: (rollout) => of(rollout).naturalShare(rollout),
  };
}
