import type { VirtualHostJson } from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import type { VirtualHostIr } from '#mesh/ir/proxy-ir.ts';
import { routes } from './route.ts';

/** A virtual host. Its name is also its VHDS resource's: Envoy removes a virtual host by that name. */
export function virtualHost({ name, domains, routes: ordered }: VirtualHostIr): VirtualHostJson {
  return { name, domains: [...domains], routes: ordered.flatMap(routes) };
}
