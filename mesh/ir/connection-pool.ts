import type { Resource } from '#mesh/model/resource.ts';
import type { VirtualGatewayConnectionPool, VirtualNodeConnectionPool } from '#mesh/model/spec.gen.ts';
import { uint32 } from './bounded.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';

/** Limits of a cluster; an absent one is unlimited, as in App Mesh. */
export interface PoolIr {
  readonly maxConnections?: number;
  readonly maxPendingRequests?: number;
  readonly maxRequests?: number;
}

type Declared = VirtualNodeConnectionPool | VirtualGatewayConnectionPool | undefined;

/** A listener's connection pool. */
export function connectionPool(declared: Declared): PoolIr {
  if (declared?.http !== undefined) {
    const { maxConnections, maxPendingRequests } = declared.http;
    return {
      maxConnections: uint32(maxConnections),
      ...(maxPendingRequests !== undefined && { maxPendingRequests: uint32(maxPendingRequests) }),
    };
  }
  const requests = declared?.http2 ?? declared?.grpc;
  if (requests !== undefined) return { maxRequests: uint32(requests.maxRequests) };
  const connections = declared !== undefined && 'tcp' in declared ? declared.tcp : undefined;
  return connections === undefined ? {} : { maxConnections: uint32(connections.maxConnections) };
}

/**
 * A gateway's pools, which App Mesh set on its hop to itself. Without that hop they are limits of each cluster behind the
 * gateway, which its listeners share: where these differ, the widest counts for all.
 */
export function gatewayPool(draft: ProxyDraft, gateway: Resource<'virtualGateway'>): PoolIr {
  const pools = gateway.spec.listeners.map(({ connectionPool: declared }) => connectionPool(declared));
  const [first = {}, ...others] = pools;
  const differing = others.findIndex((pool) => JSON.stringify(pool) !== JSON.stringify(first));
  if (differing < 0) return first;
  const place = { resource: gateway, path: `spec.listeners[${differing + 1}].connectionPool` };
  report(draft, 'degraded', place, "the listeners' pools differ: the widest limits count for all of them");
  return {
    ...widest('maxConnections', pools),
    ...widest('maxPendingRequests', pools),
    ...widest('maxRequests', pools),
  };
}

function widest<K extends keyof PoolIr>(limit: K, pools: readonly PoolIr[]): Pick<PoolIr, K> | object {
  const limits = pools.map((pool) => pool[limit] ?? Number.POSITIVE_INFINITY);
  const most = Math.max(...limits);
  return most === Number.POSITIVE_INFINITY ? {} : { [limit]: most };
}
