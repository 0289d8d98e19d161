import type {
  HeaderMatcherJson,
  QueryParameterMatcherJson,
  RouteMatchJson,
} from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import type { StringMatcherJson } from '#envoy-protos/envoy/type/matcher/v3/string_pb.js';
import type { HeaderMatchIr, PathMatchIr, QueryMatchIr, RouteMatchIr } from '#mesh/ir/route-ir.ts';

/** The condition under which a route is taken; `methods` narrows it further, to any of several. */
export function routeMatch(
  { path, method, headers, query }: RouteMatchIr,
  methods: readonly string[] = [],
): RouteMatchJson {
  const wanted = method === undefined ? methods : [method];
  const all = [...(wanted.length > 0 ? [methodMatcher(wanted)] : []), ...headers.map(headerMatcher)];
  return {
    ...pathMatcher(path),
    ...(all.length > 0 && { headers: all }),
    ...(query.length > 0 && { queryParameters: query.map(queryMatcher) }),
  };
}

function pathMatcher({ kind, value }: PathMatchIr): RouteMatchJson {
  if (kind === 'prefix') return { prefix: value };
  if (kind === 'subtree') return { pathSeparatedPrefix: value };
  return kind === 'exact' ? { path: value } : { safeRegex: { regex: value } };
}

function methodMatcher(methods: readonly string[]): HeaderMatcherJson {
  const [only, ...more] = methods;
  const stringMatch: StringMatcherJson =
    more.length === 0 && only !== undefined ? { exact: only } : { safeRegex: { regex: methods.join('|') } };
  return { name: ':method', stringMatch };
}

function headerMatcher({ name, invert, value }: HeaderMatchIr): HeaderMatcherJson {
  return { name, ...headerValue(value), ...(invert && { invertMatch: true }) };
}

function headerValue(value: HeaderMatchIr['value']): Partial<HeaderMatcherJson> {
  if (value.kind === 'present') return { presentMatch: true };
  if (value.kind === 'range') return { rangeMatch: { start: `${value.start}`, end: `${value.end}` } };
  if (value.kind === 'regex') return { stringMatch: { safeRegex: { regex: value.text } } };
  return { stringMatch: { [value.kind]: value.text } };
}

function queryMatcher({ name, exact }: QueryMatchIr): QueryParameterMatcherJson {
  return exact === undefined ? { name, presentMatch: true } : { name, stringMatch: { exact } };
}
