import type { GatewayRouteSpec, HttpGatewayRoute } from '#mesh/model/spec.gen.ts';
import type { Violation } from '../validate.ts';
import { httpMatchViolations, rangeViolations } from './match.ts';
import { exactlyOne, notBoth, present, type Rule } from './rule.ts';

const protocols = ['httpRoute', 'http2Route', 'grpcRoute'] as const;

/** A gateway route speaks one protocol. */
export const oneProtocol: Rule<GatewayRouteSpec> = (spec) => exactlyOne(spec, protocols, 'spec');

/** An http match needs a prefix, a path or a hostname; a hostname is exact or a suffix. */
export const httpMatch: Rule<GatewayRouteSpec> = function* (spec) {
  for (const [path, { match }] of httpRoutes(spec)) {
    if (present(match, ['prefix', 'path', 'hostname']).length === 0)
      yield { path: `${path}.match`, rule: 'must have prefix, path or hostname' };
    if (match.hostname !== undefined) yield* exactlyOne(match.hostname, ['exact', 'suffix'], `${path}.match.hostname`);
    yield* httpMatchViolations(match, `${path}.match`);
  }
};

/** A gRPC match needs a service or a hostname. */
export const grpcMatch: Rule<GatewayRouteSpec> = function* ({ grpcRoute }) {
  if (grpcRoute === undefined) return;
  const { match } = grpcRoute;
  if (present(match, ['serviceName', 'hostname']).length === 0)
    yield { path: 'spec.grpcRoute.match', rule: 'must have serviceName or hostname' };
  if (match.hostname !== undefined)
    yield* exactlyOne(match.hostname, ['exact', 'suffix'], 'spec.grpcRoute.match.hostname');
  yield* rangeViolations(match.metadata, 'spec.grpcRoute.match.metadata');
};

/** A rewrite changes the prefix or the whole path; a new prefix starts and ends with `/`, or it glues segments together. */
export const rewrite: Rule<GatewayRouteSpec> = function* (spec) {
  for (const [path, { action }] of httpRoutes(spec)) {
    if (action.rewrite === undefined) continue;
    yield* notBoth(action.rewrite, ['prefix', 'path'], `${path}.action.rewrite`);
    if (action.rewrite.prefix === undefined) continue;
    yield* exactlyOne(action.rewrite.prefix, ['defaultPrefix', 'value'], `${path}.action.rewrite.prefix`);
    yield* slashViolations(action.rewrite.prefix.value, `${path}.action.rewrite.prefix.value`);
  }
};

/** Names App Mesh keeps for itself at gateways. */
export const notReserved: Rule<GatewayRouteSpec> = function* (spec) {
  for (const [path, { match }] of httpRoutes(spec))
    if (/^\/aws-app-?mesh/.test(match.prefix ?? match.path?.exact ?? ''))
      yield { path: `${path}.match`, rule: 'starts with /aws-appmesh or /aws-app-mesh, which are reserved' };
  if (/^aws\.app-?mesh/.test(spec.grpcRoute?.match.serviceName ?? ''))
    yield {
      path: 'spec.grpcRoute.match.serviceName',
      rule: 'starts with aws.appmesh or aws.app-mesh, which are reserved',
    };
};

function* slashViolations(value: string | undefined, path: string): Generator<Violation> {
  if (value !== undefined && !/^\/(.*\/)?$/s.test(value))
    yield { path, rule: `is ${JSON.stringify(value.slice(0, 60))}; must start and end with /` };
}

function* httpRoutes(spec: GatewayRouteSpec): Generator<readonly [path: string, route: HttpGatewayRoute]> {
  if (spec.httpRoute !== undefined) yield ['spec.httpRoute', spec.httpRoute];
  if (spec.http2Route !== undefined) yield ['spec.http2Route', spec.http2Route];
}

/** Every rule of a gateway route's spec. */
export const gatewayRouteRules: readonly Rule<GatewayRouteSpec>[] = [
  oneProtocol,
  httpMatch,
  grpcMatch,
  rewrite,
  notReserved,
];
