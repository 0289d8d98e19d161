import type { HttpPathMatch } from '#mesh/model/spec.gen.ts';
import { matchesRegex } from './regex.ts';
import type { PathMatchIr } from './route-ir.ts';

/** What a user writes behind a prefix that is to be compared as text, as App Mesh compared all: `/v*` takes `/v1` and `/v2/x`. */
const AS_TEXT = '*';

/** What Envoy takes for a prefix of whole segments. */
const SEGMENTS = /^[^?#]+[^?#/]$/;

/**
 * The paths a declared match takes. A prefix ends where a segment ends: `/chapter` takes `/chapter` and `/chapter/2`, not
 * `/chapter2`, which in App Mesh it did.
 */
export function declaredPath({
  path,
  prefix = '/',
}: {
  readonly path?: HttpPathMatch;
  readonly prefix?: string;
}): PathMatchIr {
  if (path?.exact !== undefined) return { kind: 'exact', value: path.exact };
  if (path?.regex !== undefined) return { kind: 'regex', value: path.regex };
  if (prefix.endsWith(AS_TEXT)) return { kind: 'prefix', value: prefix.slice(0, -AS_TEXT.length) };
  return { kind: SEGMENTS.test(prefix) ? 'subtree' : 'prefix', value: prefix };
}

/** Whether a condition takes a path (without its query). */
export function takesPath({ kind, value }: PathMatchIr, path: string): boolean {
  if (kind === 'exact') return path === value;
  if (kind === 'regex') return matchesRegex(value, path);
  return kind === 'prefix' ? path.startsWith(value) : path === value || path.startsWith(`${value}/`);
}

/** Whether every path that `inner` takes is one that `outer` takes. Neither is a regular expression. */
export function isWithin(inner: PathMatchIr, outer: PathMatchIr): boolean {
  if (inner.kind === 'exact') return takesPath(outer, inner.value);
  if (outer.kind === 'exact') return false;
  if (outer.kind === 'prefix') return inner.value.startsWith(outer.value);
  return inner.value.startsWith(`${outer.value}/`) || (inner.kind === 'subtree' && inner.value === outer.value);
}
