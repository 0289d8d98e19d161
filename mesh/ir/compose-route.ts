import type { ForwardIr, HeaderMatchIr, PathMatchIr, RouteIr, RouteMatchIr } from './proxy-ir.ts';

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

interface Joined {
  readonly path: PathMatchIr;
  readonly header?: HeaderMatchIr;
  readonly rewrite?: ForwardIr['rewrite'];
}

/**
 * Joins an entrance with the routes of the service behind it: a request takes the first route that would match after the
 * rewrite. What no route takes ends in 404 and never falls through to the next gateway route, as with two hops.
 */
export function composeRoutes(name: string, entrance: Entrance, behind: readonly RouteIr[]): Composed {
  const routes: RouteIr[] = [];
  let isPartial = false;
  for (const inner of behind) {
    const joined = joinPaths(entrance, inner.match.path);
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
    headers: [...outer.headers, ...inner.match.headers, ...(header ? [header] : [])],
    query: [...outer.query, ...inner.match.query],
  };
  const action = inner.action.kind === 'forward' && rewrite !== undefined ? { ...inner.action, rewrite } : inner.action;
  return [{ name: `${name}/${inner.name}`, match, action }];
}

/** Whether a route takes everything that enters: then nothing is left for a 404. */
const sameMatch = (a: RouteMatchIr, b: RouteMatchIr) => JSON.stringify(key(a)) === JSON.stringify(key(b));

const key = ({ path, method, headers, query }: RouteMatchIr) => [path.kind, path.value, method, headers, query];

/** One path condition for both, `undefined` when no request meets both. */
function joinPaths({ match, rewrite }: Entrance, inner: PathMatchIr): Joined | 'inexpressible' | undefined {
  const outer = match.path;
  if (rewrite === undefined || ('prefix' in rewrite && rewrite.prefix === outer.value))
    return joinUnchanged(outer, inner);
  if (isAnyPath(inner)) return { path: outer, rewrite };
  if (inner.kind === 'regex') return 'inexpressible';
  if ('prefix' in rewrite) return joinPrefix(outer.value, rewrite.prefix, inner);
  return matches(inner, rewrite.path) ? { path: outer, rewrite } : undefined;
}

/** Envoy has one path condition a route, so a second regular expression is compared with the `:path` header. */
function joinUnchanged(outer: PathMatchIr, inner: PathMatchIr): Joined | undefined {
  if (isAnyPath(inner)) return { path: outer };
  if (isAnyPath(outer)) return { path: inner };
  if (inner.kind === 'regex') return { path: outer, header: pathHeader(inner) };
  if (outer.kind === 'regex') return { path: inner, header: pathHeader(outer) };
  if (outer.kind === 'exact') return matches(inner, outer.value) ? { path: outer } : undefined;
  return joinPrefix(outer.value, outer.value, inner);
}

const isAnyPath = ({ kind, value }: PathMatchIr) => kind === 'prefix' && value === '/';

/** The header holds the query as well, which path conditions leave out. */
const pathHeader = ({ value }: PathMatchIr): HeaderMatchIr => ({
  name: ':path',
  invert: false,
  value: { kind: 'regex', text: `(?:${value})(?:\\?.*)?` },
});

/** `from` is replaced by `to`, and then `inner` must match. */
function joinPrefix(from: string, to: string, inner: PathMatchIr): Joined | undefined {
  const joined = (path: PathMatchIr, prefix: string): Joined =>
    from === to ? { path } : { path, rewrite: { prefix } };
  if (inner.kind === 'prefix' && to.startsWith(inner.value)) return joined({ kind: 'prefix', value: from }, to);
  if (!inner.value.startsWith(to)) return undefined;
  return joined({ kind: inner.kind, value: from + inner.value.slice(to.length) }, inner.value);
}

const matches = ({ kind, value }: PathMatchIr, path: string) =>
  kind === 'exact' ? path === value : path.startsWith(value);
