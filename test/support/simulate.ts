import type {
  HeaderMatcherJson,
  QueryParameterMatcherJson,
  RouteJson,
  RouteMatchJson,
  VirtualHostJson,
} from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import type { StringMatcherJson } from '#envoy-protos/envoy/type/matcher/v3/string_pb.js';
import type { EnvoyResources } from '#mesh/envoy/translate.ts';

/** A request as a route configuration sees it. */
export interface Call {
  readonly host: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What Envoy would do: answer by itself, or send `path` on with these shares of 1 for each cluster. */
export type Outcome =
  | { readonly status: number }
  | { readonly shares: Readonly<Record<string, number>>; readonly path: string; readonly host: string };

/** Evaluates the resources as Envoy would (its documented matching rules), so that tests can speak of traffic instead of text. */
export function simulate(envoy: EnvoyResources, routeConfiguration: string, call: Call): Outcome {
  const route = chooseRoute(envoy, routeConfiguration, call);
  return route === undefined ? { status: 404 } : outcome(route, call);
}

/** The route that takes a request, if any does. */
export function chooseRoute(envoy: EnvoyResources, routeConfiguration: string, call: Call): RouteJson | undefined {
  const configuration = envoy.routeConfigurations.find(({ name }) => name === routeConfiguration);
  if (configuration === undefined) throw new Error(`no route configuration ${routeConfiguration}`);
  const delivered = envoy.virtualHosts.filter(({ name }) => name?.startsWith(`${routeConfiguration}/`));
  const host = configuration.ignorePortInHostMatching ? call.host.replace(/:\d+$/, '') : call.host;
  const virtualHost = chooseHost([...(configuration.virtualHosts ?? []), ...delivered], host);
  return virtualHost?.routes?.find(({ match = {} }) => matches(match, call));
}

/** Exact domain, then the longest `*suffix`, then the longest `prefix*`, then `*`. */
function chooseHost(hosts: readonly VirtualHostJson[], host: string): VirtualHostJson | undefined {
  const domains = hosts.flatMap((item) => (item.domains ?? []).map((domain) => ({ domain, item })));
  const longest = (wanted: typeof domains) => wanted.sort((a, b) => b.domain.length - a.domain.length)[0]?.item;
  const isLonger = (domain: string) => domain.length > 1 && host.length >= domain.length;
  return (
    domains.find(({ domain }) => domain === host)?.item ??
    longest(
      domains.filter(({ domain }) => domain.startsWith('*') && isLonger(domain) && host.endsWith(domain.slice(1))),
    ) ??
    longest(
      domains.filter(({ domain }) => domain.endsWith('*') && isLonger(domain) && host.startsWith(domain.slice(0, -1))),
    ) ??
    domains.find(({ domain }) => domain === '*')?.item
  );
}

function matches(match: RouteMatchJson, call: Call): boolean {
  if (match.connectMatcher !== undefined && call.method !== 'CONNECT') return false;
  const [path = '', query = ''] = call.path.split('?');
  const headers = { ':method': call.method ?? 'GET', ':path': call.path, ':scheme': 'http', ...call.headers };
  return (
    matchesPath(match, path) &&
    (match.headers ?? []).every((matcher) => matchesHeader(matcher, headers)) &&
    (match.queryParameters ?? []).every((matcher) => matchesQuery(matcher, new URLSearchParams(query)))
  );
}

function matchesPath({ prefix, pathSeparatedPrefix: subtree, path: exact, safeRegex }: RouteMatchJson, path: string) {
  if (exact !== undefined) return path === exact;
  if (subtree !== undefined) return path === subtree || path.startsWith(`${subtree}/`);
  if (prefix !== undefined) return path.startsWith(prefix);
  return whole(safeRegex?.regex).test(path);
}

const whole = (regex = '') => new RegExp(`^(?:${regex})$`);

function matchesHeader(matcher: HeaderMatcherJson, headers: Readonly<Record<string, string>>): boolean {
  const value = headers[matcher.name ?? ''];
  if (value === undefined) return matcher.presentMatch === true && matcher.invertMatch === true;
  return headerHolds(matcher, value) !== (matcher.invertMatch === true);
}

function headerHolds({ presentMatch, rangeMatch, stringMatch }: HeaderMatcherJson, value: string): boolean {
  if (presentMatch !== undefined) return true;
  if (rangeMatch === undefined) return matchesText(stringMatch ?? {}, value);
  return /^-?\d+$/.test(value) && +value >= Number(rangeMatch.start) && +value < Number(rangeMatch.end);
}

function matchesText({ exact, prefix, suffix, safeRegex }: StringMatcherJson, value: string): boolean {
  if (exact !== undefined) return value === exact;
  if (prefix !== undefined) return value.startsWith(prefix);
  return suffix === undefined ? whole(safeRegex?.regex).test(value) : value.endsWith(suffix);
}

function matchesQuery({ name = '', stringMatch }: QueryParameterMatcherJson, query: URLSearchParams): boolean {
  const value = query.get(name);
  return value !== null && (stringMatch === undefined || matchesText(stringMatch, value));
}

function outcome({ match = {}, route, directResponse }: RouteJson, call: Call): Outcome {
  if (route === undefined) return { status: directResponse?.status ?? 0 };
  const host = route.hostRewriteLiteral ?? call.host;
  const path = rewritten(match, route, call.path);
  if (route.cluster !== undefined) return { shares: { [route.cluster]: 1 }, path, host };
  const entries = route.weightedClusters?.clusters ?? [];
  const total = entries.reduce((sum, { weight }) => sum + Number(weight), 0);
  return { shares: Object.fromEntries(entries.map(({ name, weight }) => [name, Number(weight) / total])), path, host };
}

function rewritten(match: RouteMatchJson, route: NonNullable<RouteJson['route']>, full: string): string {
  const [path = '', query] = full.split('?');
  const tail = query === undefined ? '' : `?${query}`;
  if (route.regexRewrite !== undefined) return `${route.regexRewrite.substitution}${tail}`;
  if (route.prefixRewrite === undefined) return full;
  const matched = match.prefix ?? match.pathSeparatedPrefix ?? match.path ?? '';
  return `${route.prefixRewrite}${path.slice(matched.length)}${tail}`;
}
