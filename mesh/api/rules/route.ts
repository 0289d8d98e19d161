import type { GrpcRetryPolicy, HttpRetryPolicy, RouteSpec } from '#mesh/model/spec.gen.ts';
import { weightedTargets } from '../references.ts';
import type { Violation } from '../validate.ts';
import { httpMatchViolations, rangeViolations } from './match.ts';
import { exactlyOne, present, type Rule } from './rule.ts';

const protocols = ['httpRoute', 'http2Route', 'grpcRoute', 'tcpRoute'] as const;
/** https://docs.aws.amazon.com/app-mesh/latest/APIReference/API_HttpRetryPolicy.html: the model types them as free strings. */
const httpRetryEvents: readonly string[] = ['server-error', 'gateway-error', 'client-error', 'stream-error'];

/** A route speaks one protocol. The model has no union here, so nothing else checks it. */
export const oneProtocol: Rule<RouteSpec> = (spec) => exactlyOne(spec, protocols, 'spec');

/** An http route matches by prefix or by path, from the root, and its ranges are not empty. */
export function* httpMatch(spec: RouteSpec): Generator<Violation> {
  for (const protocol of ['httpRoute', 'http2Route'] as const) {
    const match = spec[protocol]?.match;
    if (match === undefined) continue;
    const path = `spec.${protocol}.match`;
    if (present(match, ['prefix', 'path']).length === 0) yield { path, rule: 'must have prefix or path' };
    yield* httpMatchViolations(match, path);
  }
}

/** A gRPC method is a method of a service, so its match names the service too; ranges are not empty. */
export function* grpcMatch({ grpcRoute }: RouteSpec): Generator<Violation> {
  if (grpcRoute === undefined) return;
  const { methodName, serviceName, metadata } = grpcRoute.match;
  if (methodName !== undefined && serviceName === undefined)
    yield { path: 'spec.grpcRoute.match.serviceName', rule: 'is required when methodName is given' };
  yield* rangeViolations(metadata, 'spec.grpcRoute.match.metadata');
}

/** App Mesh: the weights of a route's targets add up to 100 at most. */
export function* weightTotal(spec: RouteSpec): Generator<Violation> {
  const total = weightedTargets(spec).reduce((sum, { weight }) => sum + weight, 0);
  const [protocol = 'httpRoute'] = present(spec, protocols);
  const path = `spec.${protocol}.action.weightedTargets`;
  if (total > 100) yield { path, rule: `weights add up to ${total}; must be at most 100` };
}

/** A retry policy without an event would never retry; an unknown event would be dropped in silence. */
export function* retryEvents(spec: RouteSpec): Generator<Violation> {
  for (const protocol of ['httpRoute', 'http2Route', 'grpcRoute'] as const) {
    const policy = spec[protocol]?.retryPolicy;
    if (policy !== undefined) yield* retryPolicyViolations(policy, `spec.${protocol}.retryPolicy`);
  }
}

function* retryPolicyViolations(policy: HttpRetryPolicy | GrpcRetryPolicy, path: string): Generator<Violation> {
  const lists = present(policy, ['httpRetryEvents', 'tcpRetryEvents', 'grpcRetryEvents']);
  if (lists.length === 0) yield { path, rule: 'must name at least one retry event' };
  for (const [index, event] of (policy.httpRetryEvents ?? []).entries())
    if (!httpRetryEvents.includes(event))
      yield {
        path: `${path}.httpRetryEvents[${index}]`,
        rule: `is ${JSON.stringify(event)}; must be one of ${httpRetryEvents.join(', ')}`,
      };
}

/** Every rule of a route's spec. */
export const routeRules: readonly Rule<RouteSpec>[] = [oneProtocol, httpMatch, grpcMatch, weightTotal, retryEvents];
