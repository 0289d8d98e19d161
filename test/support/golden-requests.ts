import type {
  HeaderMatcherJson,
  QueryParameterMatcherJson,
  RouteMatchJson,
} from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import type { StringMatcherJson } from '#envoy-protos/envoy/type/matcher/v3/string_pb.js';
import type { EnvoyResources } from '#mesh/envoy/translate.ts';
import { type Call, chooseRoute, type Outcome, simulate } from './simulate.ts';

/** A request made for one of a golden's routes, the route that takes it, as others may go first, and what becomes of it. */
export interface GoldenRequest {
  readonly to: string;
  readonly call: Call;
  readonly route?: string;
  readonly outcome: Outcome;
}

/** One request for each route of each host, each once, and one for a host that nobody serves. */
export function goldenRequests(envoy: EnvoyResources): GoldenRequest[] {
  return envoy.routeConfigurations.flatMap(({ name: to = '', virtualHosts = [] }) => {
    const hosts = [...virtualHosts, ...envoy.virtualHosts.filter(({ name }) => name?.startsWith(`${to}/`))];
    const calls = hosts.flatMap(({ domains = [], routes = [] }) =>
      domains
        .slice(0, 1)
        .flatMap((domain) => routes.flatMap(({ match = {} }) => callFor(hostFor(domain), match) ?? [])),
    );
    const distinct = new Map(
      [...calls, { host: 'nobody.example', path: '/' }].map((call) => [JSON.stringify(call), call]),
    );
    return [...distinct.values()].map((call) => ({ to, call, ...taken(envoy, to, call) }));
  });
}

function taken(envoy: EnvoyResources, to: string, call: Call): Omit<GoldenRequest, 'to' | 'call'> {
  const name = chooseRoute(envoy, to, call)?.name;
  return { ...(name !== undefined && { route: name }), outcome: simulate(envoy, to, call) };
}

const hostFor = (domain: string) => {
  if (domain === '*') return 'any.example';
  return domain.startsWith('*') ? `any${domain.slice(1)}` : domain.replace(/\*$/, '8080');
};

/** A request that meets a match; none for a tunnel, or for a regular expression that no simple text meets. */
function callFor(host: string, match: RouteMatchJson): Call | undefined {
  const path = pathFor(match);
  if (path === undefined) return undefined;
  const query = (match.queryParameters ?? []).map(parameterFor).join('&');
  const headers: Record<string, string> = {};
  for (const matcher of match.headers ?? [])
    if (matcher.invertMatch !== true) headers[matcher.name ?? ''] = valueFor(matcher);
  const { ':method': method, ':scheme': _, ':path': __, ...others } = headers;
  return {
    host,
    path: query === '' ? path : `${path}?${query}`,
    ...(method !== undefined && { method }),
    ...(Object.keys(others).length > 0 && { headers: others }),
  };
}

function pathFor({ prefix, pathSeparatedPrefix, path, safeRegex, connectMatcher }: RouteMatchJson): string | undefined {
  if (connectMatcher !== undefined) return undefined;
  if (safeRegex !== undefined) return textFor(safeRegex.regex ?? '', '/');
  return path ?? prefix ?? `${pathSeparatedPrefix ?? ''}/below`;
}

const parameterFor = ({ name = '', stringMatch }: QueryParameterMatcherJson) =>
  `${name}=${stringMatch === undefined ? 'any' : stringFor(stringMatch)}`;

function valueFor({ rangeMatch, stringMatch }: HeaderMatcherJson): string {
  if (rangeMatch !== undefined) return `${rangeMatch.start}`;
  return stringMatch === undefined ? 'any' : stringFor(stringMatch);
}

const stringFor = ({ exact, prefix, suffix, safeRegex }: StringMatcherJson): string =>
  exact ?? prefix ?? suffix ?? textFor(safeRegex?.regex ?? '', '') ?? 'any';

/** The first of some simple texts that a regular expression takes whole. */
function textFor(regex: string, start: string): string | undefined {
  const whole = new RegExp(`^(?:${regex})$`);
  const literal = /^[\w/. -]*/.exec(regex)?.[0] ?? '';
  const bare = regex.replaceAll(/[[\](){}*+?\\^$]|\|.*/g, '');
  const candidates = [literal, `${literal}0`, `${literal}a`, bare, `${bare}0`, `${start}a`, `${start}0`, start];
  return candidates.find((text) => text.startsWith(start) && whole.test(text));
}
