import type { RetryPolicyJson } from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import { PreviousHostsPredicateSchema } from '#envoy-protos/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js';
import type { RetryIr } from '#mesh/ir/route-ir.ts';
import { duration } from './duration.ts';
import { pack } from './extension.ts';

/** How often a retry looks for a host that was not tried yet before it takes any (seen in App Mesh's `config_dump`). */
const HOST_SELECTION_ATTEMPTS = 5;

/** A route's retry policy: a retry goes to another host where there is one. */
export function retryPolicy({ on, statusCodes, retries, perTryTimeoutMs }: RetryIr): RetryPolicyJson {
  return {
    retryOn: on.join(','),
    ...(statusCodes.length > 0 && { retriableStatusCodes: [...statusCodes] }),
    numRetries: retries,
    ...(perTryTimeoutMs > 0 && { perTryTimeout: duration(perTryTimeoutMs) }),
    retryHostPredicate: [
      { name: 'envoy.retry_host_predicates.previous_hosts', typedConfig: pack(PreviousHostsPredicateSchema, {}) },
    ],
    hostSelectionRetryMaxAttempts: `${HOST_SELECTION_ATTEMPTS}`,
  };
}
