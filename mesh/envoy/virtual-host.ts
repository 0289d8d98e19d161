import type {
  RetryPolicyJson,
  RouteJson,
  VirtualHostJson,
} from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import type { VirtualHostIr } from '#mesh/ir/proxy-ir.ts';
import type { RouteIr } from '#mesh/ir/route-ir.ts';
import { routes } from './route.ts';

/** Proxies of one view share the routes of a virtual service, and so, under the same name, its virtual host. */
const byRoutes = new WeakMap<readonly RouteIr[], VirtualHostJson>();

/** A virtual host. Its name is also its VHDS resource's: Envoy removes a virtual host by that name. */
export function virtualHost(ir: VirtualHostIr): VirtualHostJson {
  const known = byRoutes.get(ir.routes);
  if (known?.name === ir.name && known.domains?.join() === ir.domains.join()) return known;
  const { name, domains, routes: ordered } = ir;
  const translated = { name, domains: [...domains], ...withCommonRetries(ordered.flatMap(routes)) };
  byRoutes.set(ordered, translated);
  return translated;
}

/**
 * A retry policy that several routes have is said once, for the host: it is the larger part of a route, and a weight change
 * sends the whole host. A route without retries would take the host's, so then each says its own.
 */
function withCommonRetries(all: readonly RouteJson[]): Pick<VirtualHostJson, 'retryPolicy' | 'routes'> {
  const policies = all.flatMap(({ route }) => (route === undefined ? [] : [route.retryPolicy]));
  const common = mostCommon(policies.map((policy) => JSON.stringify(policy)));
  if (common === undefined || policies.includes(undefined)) return { routes: [...all] };
  return { retryPolicy: JSON.parse(common) as RetryPolicyJson, routes: all.map((item) => withoutPolicy(item, common)) };
}

/** The text that stands there most often, if any does twice. */
function mostCommon(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const [first] = [...counts].sort(([, a], [, b]) => b - a);
  return first !== undefined && first[1] > 1 ? first[0] : undefined;
}

function withoutPolicy(item: RouteJson, common: string): RouteJson {
  if (item.route === undefined) return item;
  const { retryPolicy, ...route } = item.route;
  return JSON.stringify(retryPolicy) === common ? { ...item, route } : item;
}
