import type { PathMatchIr, RouteMatchIr } from './route-ir.ts';

/** What decides which of two routes a request takes. */
export interface Ranked {
  /** 0–1000, 0 first; absent comes after all that have one. */
  readonly priority: number | undefined;
  readonly match: RouteMatchIr;
  /** Gateway routes: exact before suffix before none, longer before shorter. */
  readonly host?: { readonly exact?: string; readonly suffix?: string };
  readonly name: string;
}

const pathRank: Readonly<Record<PathMatchIr['kind'], number>> = { exact: 0, regex: 1, subtree: 2, prefix: 2 };

/** App Mesh's lowest priority is 1000; a route without one comes after it. */
const NO_PRIORITY = 1001;

/**
 * The one order of routes: declared priority; then the more specific host; then path (exact, regex, prefix; the longer
 * first); then method, more headers, more query parameters; last the name, so that no two routes ever tie.
 */
export function byPrecedence(a: Ranked, b: Ranked): number {
  const [keysA, keysB] = [precedence(a), precedence(b)];
  for (const [i, key] of keysA.entries()) {
    const other = keysB[i] ?? 0;
    if (key !== other) return key - other;
  }
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

function precedence({ priority, host, match }: Ranked): number[] {
  return [
    priority ?? NO_PRIORITY,
    host?.exact !== undefined ? 0 : 1,
    -(host?.suffix?.length ?? 0),
    pathRank[match.path.kind],
    -match.path.value.length,
    match.method === undefined ? 1 : 0,
    -match.headers.length,
    -match.query.length,
  ];
}
