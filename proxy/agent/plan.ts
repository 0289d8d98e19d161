import { delimited, fields, MalformedMessage } from './protobuf.ts';
import { only, type Resource, type Resources, sameResources, union } from './resources.ts';
import { CLUSTER, ENDPOINTS, REFERRED, ROUTES } from './xds-type.ts';

/** One step towards a new state of Envoy. */
export interface Stage {
  readonly name: 'load' | 'add' | 'route' | 'remove';
  /** Everything that is served from now on. */
  readonly serve: Resources;
  /** Whether clusters, endpoints, secrets and route configurations that are not served may be taken from Envoy. */
  readonly prune: boolean;
  /** What Envoy must have acknowledged before the next stage. */
  readonly awaits: Resources;
}

/** Types that are withdrawn only in the last stage: what others may still refer to until then. */
export const WITHDRAWN_LAST = [...REFERRED, ROUTES] as const;

/**
 * The stages from what is served to `next`, make-before-break: clusters, endpoints and secrets are added and acknowledged,
 * then listeners and routes change, then what nothing refers to any more is removed. Listeners and virtual hosts are replaced
 * in one message (Envoy frees an address or a domain before it takes it again). Valid from any half-way state, so a newer
 * snapshot or a way back may cut in at any point. A new cluster with health checks gets its endpoints after it is acknowledged.
 * Without `served` Envoy orders its own start, or a restarted agent finds
 * Envoy as it left it: one load, then the removal of what only Envoy knows.
 */
export function plan(served: Resources | undefined, next: Resources): readonly Stage[] {
  const remove: Stage = { name: 'remove', serve: next, prune: true, awaits: next };
  if (served === undefined) return [{ ...remove, name: 'load', prune: false }, remove];
  const referred = only(next, REFERRED);
  const kept = union(only(served, WITHDRAWN_LAST), next);
  const add: Stage = { name: 'add', serve: union(served, referred), prune: false, awaits: referred };
  const route: Stage = { name: 'route', serve: kept, prune: false, awaits: next };
  if (sameResources(served, next)) return [remove];
  const empty = emptied(served, referred);
  if (empty.size === 0) return [add, route, remove];
  const announced = union(referred, new Map([[ENDPOINTS, empty]]));
  const announce: Stage = { ...add, serve: union(served, announced), awaits: announced };
  return [announce, add, route, remove];
}

/** Cluster.health_checks. */
const HEALTH_CHECKS = 8;

/**
 * Empty assignments for clusters that are new and check the health of their members. Envoy acknowledges no cluster before each
 * member was checked once, for which one that hangs has up to a minute: a bad canary would hold up the way back from it.
 */
function emptied(served: Resources, next: Resources): ReadonlyMap<string, Resource> {
  const known = served.get(CLUSTER);
  const fresh = [...(next.get(CLUSTER) ?? [])].filter(([name, { body }]) => !known?.has(name) && checksHealth(body));
  const named = fresh.filter(([name]) => next.get(ENDPOINTS)?.has(name));
  return new Map(named.map(([name]) => [name, { version: 'empty', body: delimited(1, name) }]));
}

function checksHealth(cluster: Buffer): boolean {
  try {
    return [...fields(cluster)].some(({ number }) => number === HEALTH_CHECKS);
  } catch (error) {
    if (error instanceof MalformedMessage) return false; // Envoy will refuse it, in better words.
    throw error;
  }
}
