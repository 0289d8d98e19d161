import { type Joined, joinPaths } from './join-paths.ts';
import type { RouteIr, RouteMatchIr } from './route-ir.ts';

/** A way into a virtual service from outside: what a request must look like, and what its path becomes. */
export interface Entrance {
  readonly match: RouteMatchIr;
  readonly rewrite?: { readonly prefix: string } | { readonly path: string };
}

/** The routes behind one entrance; `isPartial` when a pair of paths cannot be written as one. */
export interface Composed {
  readonly routes: readonly RouteIr[];
  readonly isPartial: boolean;
}

/** What a request gets that the gateway route takes and no route of the service does. */
const NO_ROUTE = 404;

/**
 * Joins an entrance with the routes of the service behind it: a request takes the first route that would match after the
 * rewrite. What no route takes ends in 404 and never falls through to the next gateway route, as with two hops.
 */
export function composeRoutes(name: string, entrance: Entrance, behind: readonly RouteIr[]): Composed {
  const routes: RouteIr[] = [];
  let isPartial = false;
  for (const inner of behind) {
    const joined = joinPaths({ path: entrance.match.path, rewrite: entrance.rewrite }, inner.match.path);
    if (joined === 'inexpressible') isPartial = true;
    else if (joined !== undefined) routes.push(...joinRoute(name, entrance, inner, joined));
  }
  if (!routes.some(({ match }) => sameMatch(match, entrance.match)))
    routes.push({ name, match: entrance.match, action: { kind: 'respond', status: NO_ROUTE } });
  return { routes, isPartial };
}

function joinRoute(
  name: string,
  { match: outer }: Entrance,
  inner: RouteIr,
  { path, header, rewrite }: Joined,
): RouteIr[] {
  const [a, b] = [outer.method, inner.match.method];
  if (a !== undefined && b !== undefined && a !== b) return [];
  const method = a ?? b;
  const match = {
    path,
    ...(method !== undefined && { method }),
    headers: once([...outer.headers, ...inner.match.headers, ...(header ? [header] : [])]),
    query: once([...outer.query, ...inner.match.query]),
  };
  const action = inner.action.kind === 'forward' && rewrite !== undefined ? { ...inner.action, rewrite } : inner.action;
  return [{ name: `${name}/${inner.name}`, match, action }];
}

/** A condition that both have stands once. */
const once = <T>(conditions: readonly T[]): T[] => [
  ...new Map(conditions.map((item) => [JSON.stringify(item), item])).values(),
];

/** Whether a route takes everything that enters: then nothing is left for a 404. */
const sameMatch = (a: RouteMatchIr, b: RouteMatchIr) => JSON.stringify(key(a)) === JSON.stringify(key(b));

const key = ({ path, method, headers, query }: RouteMatchIr) => [path.kind, path.value, method, headers, query];
