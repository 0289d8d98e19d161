import type { RouteConfigurationIr, VirtualHostIr } from './proxy-ir.ts';

/**
 * A route configuration whose virtual hosts come and go one by one. While it has none it is delivered whole: Envoy 1.40 does
 * not take an empty VHDS answer for an answer, and its listener would wait for the whole initial fetch time-out (5 s).
 */
export function growingRoutes(
  name: string,
  virtualHosts: readonly VirtualHostIr[],
  { ignoresPort = false } = {},
): RouteConfigurationIr {
  return { name, delivery: virtualHosts.length > 0 ? 'vhds' : 'inline', ignoresPort, virtualHosts };
}
