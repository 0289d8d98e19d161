import type { Resource } from '#mesh/model/resource.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { RouteConfigurationIr } from './proxy-ir.ts';

/**
 * Gives each host of a node's route configurations to the first virtual host that wants it, and reports the others: Envoy
 * compares hosts in lower case and refuses a whole configuration in which two virtual hosts answer for one. Backends come to
 * that by spelling alone (`Orders.local` and `orders.local`, or `orders.local:80` and port 80 of `orders.local`).
 */
export function distinctHosts(
  draft: ProxyDraft,
  node: Resource<'virtualNode'>,
  configurations: readonly RouteConfigurationIr[],
): RouteConfigurationIr[] {
  return configurations.map((configuration) => {
    const taken = new Set<string>();
    const virtualHosts = configuration.virtualHosts.map((host) => {
      const [mine, others] = divided(host.domains, taken);
      for (const domain of others) reportConflict(draft, node, domain);
      for (const domain of mine) taken.add(domain.toLowerCase());
      return { ...host, domains: mine };
    });
    return { ...configuration, virtualHosts: virtualHosts.filter(({ domains }) => domains.length > 0) };
  });
}

function divided(domains: readonly string[], taken: ReadonlySet<string>): readonly [string[], string[]] {
  const isTaken = (domain: string) => taken.has(domain.toLowerCase());
  return [domains.filter((domain) => !isTaken(domain)), domains.filter(isTaken)];
}

function reportConflict(draft: ProxyDraft, node: Resource<'virtualNode'>, domain: string): void {
  const place = { resource: node, path: 'spec.backends' };
  report(draft, 'invalid', place, `two backends answer for the host ${domain}: requests to it go to one of them`);
}
