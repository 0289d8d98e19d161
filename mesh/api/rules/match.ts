import type { HeaderMatchMethod, HttpGatewayRouteMatch, HttpRouteMatch, MatchRange } from '#mesh/model/spec.gen.ts';
import type { Violation } from '../validate.ts';
import { exactlyOne, notBoth } from './rule.ts';

type HttpMatch = HttpRouteMatch | HttpGatewayRouteMatch;
type NamedMatch = { readonly match?: HeaderMatchMethod };

/** What holds for every http match: prefix or path but not both, prefix from the root, path exact or regex, ranges in order. */
export function* httpMatchViolations(match: HttpMatch, path: string): Generator<Violation> {
  yield* notBoth(match, ['prefix', 'path'], path);
  yield* prefixViolations(match.prefix, `${path}.prefix`);
  if (match.path !== undefined) yield* exactlyOne(match.path, ['exact', 'regex'], `${path}.path`);
  yield* rangeViolations(match.headers, `${path}.headers`);
}

/** A range of header or metadata values is half-open, [start, end), and must hold at least one value. */
export function* rangeViolations(matches: readonly NamedMatch[] | undefined, path: string): Generator<Violation> {
  for (const [index, { match }] of (matches ?? []).entries())
    if (match?.range !== undefined && isEmpty(match.range))
      yield { path: `${path}[${index}].match.range`, rule: `${rangeText(match.range)}; end must be above start` };
}

function* prefixViolations(prefix: string | undefined, path: string): Generator<Violation> {
  if (prefix !== undefined && !prefix.startsWith('/'))
    yield { path, rule: `is ${JSON.stringify(prefix.slice(0, 60))}; must start with /` };
}

const isEmpty = ({ start, end }: MatchRange): boolean => end <= start;
const rangeText = ({ start, end }: MatchRange): string => `goes from ${start} to ${end}`;
