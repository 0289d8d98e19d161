import type { GrpcRouteMatch, HttpPathMatch, HttpQueryParameter, HttpRouteHeader } from '#mesh/model/spec.gen.ts';
import { exactInteger } from './bounded.ts';
import { declaredPath } from './path-match.ts';
import type { HeaderMatchIr, PathMatchIr, QueryMatchIr, RouteMatchIr } from './route-ir.ts';

/** The parts that matches of HTTP routes and of gateway routes share. */
interface DeclaredMatch {
  readonly headers?: readonly HttpRouteHeader[];
  readonly method?: string;
  readonly path?: HttpPathMatch;
  readonly prefix?: string;
  readonly queryParameters?: readonly HttpQueryParameter[];
  readonly scheme?: string;
}

/** The parts that matches of gRPC routes and of gRPC gateway routes share. */
type GrpcDeclaredMatch = Pick<GrpcRouteMatch, 'serviceName' | 'methodName' | 'metadata'>;

/** A match that every request meets. */
export const EVERYTHING: RouteMatchIr = { path: { kind: 'prefix', value: '/' }, headers: [], query: [] };

/** What a request must look like to take the route. */
export function routeMatch(declared: DeclaredMatch): RouteMatchIr {
  const match = {
    path: declaredPath(declared),
    headers: headerMatches(declared),
    query: (declared.queryParameters ?? []).map(queryMatch).sort(byName),
  };
  return declared.method === undefined ? match : { ...match, method: declared.method };
}

/** What marks a request as gRPC, in all its encodings (`application/grpc+proto`, `application/grpc-web`). */
const GRPC_CONTENT: HeaderMatchIr = {
  name: 'content-type',
  invert: false,
  value: { kind: 'prefix', text: 'application/grpc' },
};

/** HTTP's method of every gRPC call. */
const GRPC_METHOD = 'POST';

/** What a call must look like to take a gRPC route. A method without its service names nothing that is on the wire. */
export function grpcMatch({ serviceName, methodName, metadata = [] }: GrpcDeclaredMatch): RouteMatchIr {
  const headers = [...metadata.map(headerMatch), GRPC_CONTENT].sort(byName);
  return { path: grpcPath(serviceName, methodName), method: GRPC_METHOD, headers, query: [] };
}

function grpcPath(service: string | undefined, method: string | undefined): PathMatchIr {
  if (service === undefined) return { kind: 'prefix', value: '/' };
  if (method === undefined) return { kind: 'prefix', value: `/${service}/` };
  return { kind: 'exact', value: `/${service}/${method}` };
}

function headerMatches({ headers = [], scheme }: DeclaredMatch): HeaderMatchIr[] {
  const matches = headers.map(headerMatch);
  if (scheme !== undefined) matches.push({ name: ':scheme', invert: false, value: { kind: 'exact', text: scheme } });
  return matches.sort(byName);
}

function headerMatch({ name, invert = false, match }: HttpRouteHeader): HeaderMatchIr {
  return { name: name.toLowerCase(), invert, value: headerValue(match) };
}

function headerValue(match: HttpRouteHeader['match']): HeaderMatchIr['value'] {
  if (match === undefined) return { kind: 'present' };
  if (match.range !== undefined)
    return { kind: 'range', start: exactInteger(match.range.start), end: exactInteger(match.range.end) };
  if (match.exact !== undefined) return { kind: 'exact', text: match.exact };
  if (match.prefix !== undefined) return { kind: 'prefix', text: match.prefix };
  if (match.suffix !== undefined) return { kind: 'suffix', text: match.suffix };
  return { kind: 'regex', text: match.regex };
}

function queryMatch({ name, match }: HttpQueryParameter): QueryMatchIr {
  return match?.exact === undefined ? { name } : { name, exact: match.exact };
}

/** Ties are broken by the whole value: two conditions on one header may come in any order. */
function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  const [keyA, keyB] = [`${a.name}\n${JSON.stringify(a)}`, `${b.name}\n${JSON.stringify(b)}`];
  return keyA < keyB ? -1 : Number(keyA > keyB);
}
