import { isWithin, takesPath } from './path-match.ts';
import { afterLiteral, escapeRegex } from './regex.ts';
import type { ForwardIr, HeaderMatchIr, PathMatchIr } from './route-ir.ts';

/** A path condition, and what it leaves of the path for the conditions behind it. */
export interface Way {
  readonly path: PathMatchIr;
  readonly rewrite: ForwardIr['rewrite'] | undefined;
}

/** Two path conditions as one, with what the path becomes. */
export interface Joined {
  readonly path: PathMatchIr;
  readonly header?: HeaderMatchIr;
  readonly rewrite?: ForwardIr['rewrite'];
}

/**
 * One condition for paths that enter by a way and, rewritten, meet `inner`; `undefined` when there are none. A prefix is
 * rewritten only where it is compared as text.
 */
export function joinPaths({ path, rewrite }: Way, inner: PathMatchIr): Joined | 'inexpressible' | undefined {
  if (rewrite === undefined || ('prefix' in rewrite && rewrite.prefix === path.value))
    return joinUnchanged(path, inner);
  if (isAnyPath(inner)) return { path, rewrite };
  if ('path' in rewrite) return takesPath(inner, rewrite.path) ? { path, rewrite } : undefined;
  if (inner.kind === 'regex') return joinRegex(path, rewrite, inner.value);
  return inner.kind === 'subtree' ? joinSubtree(path, rewrite, inner.value) : joinText(path, rewrite, inner);
}

const isAnyPath = ({ kind, value }: PathMatchIr) => kind === 'prefix' && value === '/';

/** Envoy has one path condition a route, so a second regular expression is compared with the `:path` header. */
function joinUnchanged(outer: PathMatchIr, inner: PathMatchIr): Joined | undefined {
  if (isAnyPath(outer)) return { path: inner };
  if (isAnyPath(inner)) return { path: outer };
  if (inner.kind === 'regex') return { path: outer, header: pathHeader(inner.value) };
  if (outer.kind === 'regex') return { path: inner, header: pathHeader(outer.value) };
  if (isWithin(outer, inner)) return { path: outer };
  return isWithin(inner, outer) ? { path: inner } : undefined;
}

/** The header holds the query as well, which path conditions leave out. */
const pathHeader = (pattern: string): HeaderMatchIr => ({
  name: ':path',
  invert: false,
  value: { kind: 'regex', text: `(?:${pattern})(?:\\?.*)?` },
});

interface PrefixRewrite {
  readonly prefix: string;
}

function joinText({ value: from }: PathMatchIr, { prefix: to }: PrefixRewrite, inner: PathMatchIr): Joined | undefined {
  if (inner.kind === 'prefix' && to.startsWith(inner.value)) return { path: text(from), rewrite: { prefix: to } };
  if (!inner.value.startsWith(to)) return undefined;
  return { path: { kind: inner.kind, value: from + inner.value.slice(to.length) }, rewrite: { prefix: inner.value } };
}

function joinSubtree(
  { value: from }: PathMatchIr,
  { prefix: to }: PrefixRewrite,
  inner: string,
): Joined | 'inexpressible' | undefined {
  if (to.startsWith(`${inner}/`)) return { path: text(from), rewrite: { prefix: to } };
  if (!inner.startsWith(to)) return undefined;
  const value = from + inner.slice(to.length);
  return value.endsWith('/') ? 'inexpressible' : { path: { kind: 'subtree', value }, rewrite: { prefix: inner } };
}

/** A path is what replaced the prefix, and a rest: where the expression begins with the one, what follows is for the other. */
function joinRegex(
  { value: from }: PathMatchIr,
  { prefix: to }: PrefixRewrite,
  pattern: string,
): Joined | 'inexpressible' {
  const rest = afterLiteral(pattern, to);
  if (rest === undefined) return 'inexpressible';
  return { path: text(from), header: pathHeader(`${escapeRegex(from)}(?:${rest})`), rewrite: { prefix: to } };
}

const text = (value: string): PathMatchIr => ({ kind: 'prefix', value });
