import { type OperationName, operationList } from './model.ts';

/** An operation a request may mean, with its decoded path parameters and the path a client would have sent. */
export interface OperationMatch {
  readonly operation: OperationName;
  readonly params: Readonly<Record<string, string>>;
  /** Percent-encoded as the SDKs, the CLI and Terraform do it: every byte but RFC 3986's unreserved ones. */
  readonly encodedPath: string;
}

interface Template {
  readonly operation: OperationName;
  readonly method: string;
  /** The path's fixed text around its names. */
  readonly literals: readonly string[];
  readonly segments: number;
  readonly names: readonly string[];
}

/** Longest first: of a path's readings the one without a `/` in a name is by far the likeliest. */
const templates: readonly Template[] = operationList
  .map(([operation, { method, path }]) => ({
    operation,
    method,
    literals: path.split(/\{\w+\}/),
    segments: path.split('/').length,
    names: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''),
  }))
  .sort((a, b) => b.segments - a.segments);

/** Bound on readings of one path: real names give one or two, a path built to give thousands is refused by its signature. */
const MOST_READINGS = 32;

/**
 * Every operation a path can mean. API Gateway hands the path over decoded (all but `%25`), so a `/` may be a separator
 * or part of a name: the candidates are all readings, and the verified signature decides (each has another signed path).
 * At most one candidate is right; none means there is no such operation.
 */
export function matchOperations(method: string, rawPath: string): readonly OperationMatch[] {
  const found = readings(rawPath).flatMap((path) =>
    templates.filter((template) => template.method === method).flatMap((template) => [...matchesOf(template, path)]),
  );
  return [...new Map(found.map((match) => [match.encodedPath, match])).values()];
}

/** RFC 3986 percent-encoding of one path segment or query part. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** What the client may have meant: the path decoded once more for `%25` alone, or (a gateway that decodes nothing) for all. */
function readings(rawPath: string): readonly string[] {
  const paths = new Set([rawPath.replaceAll('%25', '%')]);
  try {
    paths.add(decodeURIComponent(rawPath));
  } catch {
    // Not an encoded path: the first reading stands alone.
  }
  return [...paths].filter((path) => path.isWellFormed());
}

function* matchesOf({ operation, literals, names }: Template, path: string): Generator<OperationMatch> {
  let left = MOST_READINGS;
  for (const values of splits(path, literals)) {
    if (left-- === 0) return;
    const params = Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
    const encodedPath = literals.map((literal, index) => literal + percentEncode(values[index] ?? '')).join('');
    yield { operation, params, encodedPath };
  }
}

/** All ways to read `path` as literal, value, literal, value …, each value non-empty. */
function* splits(path: string, [literal = '', ...rest]: readonly string[]): Generator<readonly string[]> {
  if (!path.startsWith(literal)) return;
  const tail = path.slice(literal.length);
  const [next] = rest;
  if (next === undefined || next === '') yield* lastValue(tail, next);
  else yield* splitsBefore(tail, next, rest);
}

/** The end of a template: no more names (`next` undefined, nothing may be left) or one that takes all that is left. */
function lastValue(tail: string, next: '' | undefined): readonly (readonly string[])[] {
  if (next === undefined) return tail === '' ? [[]] : [];
  return tail === '' ? [] : [[tail]];
}

function* splitsBefore(tail: string, next: string, rest: readonly string[]): Generator<readonly string[]> {
  for (let at = tail.indexOf(next, 1); at > 0; at = tail.indexOf(next, at + 1))
    for (const values of splits(tail.slice(at), rest)) yield [tail.slice(0, at), ...values];
}
