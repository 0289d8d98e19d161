import type { Resource } from '#mesh/model/resource.ts';
import type { HealthCheckPolicy } from '#mesh/model/spec.gen.ts';
import type { NodeListener } from './node-listener.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';

/** How a client finds out by itself whether an endpoint works. Times are milliseconds. */
export interface HealthCheckIr {
  readonly protocol: HealthCheckPolicy['protocol'];
  /** Of http and http2. */
  readonly path?: string;
  /** `Host` of the request, as the service's users say it; absent: Envoy's default, the cluster's name. */
  readonly host?: string;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** What is asked for without a path: App Mesh's console proposed it, its API demanded none. */
const DEFAULT_PATH = '/';

/** A target listener's health check, which acts in each of its clients. */
export function healthCheck(
  draft: ProxyDraft,
  { node, listener, position }: NodeListener,
): { readonly healthCheck?: HealthCheckIr } {
  const declared = listener.healthCheck;
  if (declared === undefined) return {};
  const at = (field: string) => ({ resource: node, path: `spec.listeners[${position}].healthCheck.${field}` });
  const { port, protocol } = listener.portMapping;
  if (declared.port !== undefined && declared.port !== port)
    report(draft, 'invalid', at('port'), `must be the listener's port, ${port}, which is the one that is checked`);
  if (declared.protocol === 'grpc' && protocol !== 'grpc' && protocol !== 'http2') {
    report(draft, 'invalid', at('protocol'), `a ${protocol} listener answers no gRPC: nothing is checked`);
    return {};
  }
  return { healthCheck: { ...request(declared, node.spec.serviceDiscovery?.dns?.hostname), ...limits(declared) } };
}

function request(
  { protocol, path }: HealthCheckPolicy,
  host: string | undefined,
): Pick<HealthCheckIr, 'protocol' | 'path' | 'host'> {
  if (protocol === 'tcp') return { protocol };
  const authority = host === undefined ? {} : { host };
  return protocol === 'grpc' ? { protocol, ...authority } : { protocol, path: path ?? DEFAULT_PATH, ...authority };
}

const limits = (declared: HealthCheckPolicy) => ({
  healthyThreshold: declared.healthyThreshold,
  unhealthyThreshold: declared.unhealthyThreshold,
  intervalMs: declared.intervalMillis,
  timeoutMs: declared.timeoutMillis,
});

/** A gateway's health check acts nowhere: nothing in a mesh sends requests to a gateway, so no proxy could hear the answer. */
export function reportGatewayHealthChecks(draft: ProxyDraft, gateway: Resource<'virtualGateway'>): void {
  const reason =
    'nothing in the mesh calls a gateway, so no proxy checks it: its load balancer has a health check of its own';
  gateway.spec.listeners.forEach((listener, i) => {
    const place = { resource: gateway, path: `spec.listeners[${i}].healthCheck` };
    if (listener.healthCheck !== undefined) report(draft, 'degraded', place, reason);
  });
}
