import type { RouteActionJson } from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import type { ForwardIr } from '#mesh/ir/route-ir.ts';
import { duration } from './duration.ts';

/** A route's time limits; `0s` is Envoy's word for none. */
export function timeout({ timeoutMs, idleTimeoutMs }: ForwardIr): Pick<RouteActionJson, 'timeout' | 'idleTimeout'> {
  const limit = { timeout: duration(timeoutMs) };
  return idleTimeoutMs === undefined ? limit : { ...limit, idleTimeout: duration(idleTimeoutMs) };
}
