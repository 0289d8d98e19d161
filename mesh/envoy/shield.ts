import type {
  RetryPolicyJson,
  WeightedCluster_ClusterWeightJson,
} from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import { PreviousPrioritiesConfigSchema } from '#envoy-protos/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config_pb.js';
import type { ForwardIr, RetryIr, TargetIr } from '#mesh/ir/route-ir.ts';
import { pack } from './extension.ts';

/**
 * The canary shield: a failed canary request is answered from stable, inside the proxy that sent it. The route's entry for
 * the canary is an aggregate of canary (priority 0) and stable (priority 1), and a retry avoids the priority it has been to.
 * Any failure of a method that may be repeated without a thought is retried; of other methods only what certainly never
 * reached an application.
 *
 * What is retried differs from the rest of the route, where the user's own policy rules, yet Envoy keeps one policy a
 * route: so the canary's entry adds `x-envoy-retry-on`, which the router merges into the policy and does not send on.
 */
export const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'] as const;

/** Which requests of a route a set of weights is for; `every` where nothing is shielded. */
export type MethodClass = 'safe' | 'other' | 'every';

/** The classes of requests that must be told apart on a route that takes `method` (all, when absent). */
export function methodClasses(targets: readonly TargetIr[], method: string | undefined): readonly MethodClass[] {
  if (!targets.some(({ canary }) => canary?.shield !== undefined)) return ['every'];
  if (method === undefined) return ['safe', 'other'];
  return SAFE_METHODS.some((safe) => safe === method) ? ['safe'] : ['other'];
}

/** One entry of a route's weighted clusters. */
export function weightedEntry(
  { cluster, weight, canary }: TargetIr,
  { retry }: ForwardIr,
  methods: MethodClass,
): WeightedCluster_ClusterWeightJson {
  if (canary === undefined) return { name: cluster, weight };
  const own = methods === 'safe' ? ownRetries(retry, ANY_FAILURE, 1) : ownRetries(retry, UNSENT, 0);
  return { name: canary.shield ?? cluster, weight, ...own };
}

/** Failures after which a request has certainly not been seen by an application. */
const UNSENT = ['connect-failure', 'refused-stream'];
/** Envoy's `5xx` also means a reset, a refused stream and no answer at all. */
const ANY_FAILURE = ['5xx'];

/** The headers that add to the route's policy what it lacks: reasons to retry, `extra` tries, and never fewer than one. */
function ownRetries(
  { on, retries }: Pick<RetryIr, 'on' | 'retries'> = { on: [], retries: 0 },
  reasons: readonly string[],
  extra: number,
): Pick<WeightedCluster_ClusterWeightJson, 'requestHeadersToAdd'> {
  const missing = reasons.filter((reason) => !on.includes(reason));
  const wanted = Math.max(retries + extra, 1);
  const headers = [
    ...(missing.length > 0 ? [override('x-envoy-retry-on', missing.join(','))] : []),
    ...(wanted === retries ? [] : [override('x-envoy-max-retries', `${wanted}`)]),
  ];
  return headers.length > 0 ? { requestHeadersToAdd: headers } : {};
}

/** Lets retries of a shielded request move on to the priority that was not tried. On a cluster with one priority it changes nothing. */
export const shieldRetryPriority: Pick<RetryPolicyJson, 'retryPriority'> = {
  retryPriority: {
    name: 'envoy.retry_priorities.previous_priorities',
    typedConfig: pack(PreviousPrioritiesConfigSchema, { updateFrequency: 1 }),
  },
};

const override = (key: string, value: string) => ({
  header: { key, value },
  appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' as const,
});
