import type { VirtualHostJson } from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import type { RouteIr, VirtualHostIr } from '#mesh/ir/proxy-ir.ts';
import { routes } from './route.ts';

/** Proxies of one view share the routes of a virtual service, and so, under the same name, its virtual host. */
const byRoutes = new WeakMap<readonly RouteIr[], VirtualHostJson>();

/** A virtual host. Its name is also its VHDS resource's: Envoy removes a virtual host by that name. */
export function virtualHost(ir: VirtualHostIr): VirtualHostJson {
  const known = byRoutes.get(ir.routes);
  if (known?.name === ir.name && known.domains?.join() === ir.domains.join()) return known;
  const { name, domains, routes: ordered } = ir;
  const translated = { name, domains: [...domains], routes: ordered.flatMap(routes) };
  byRoutes.set(ordered, translated);
  return translated;
}
