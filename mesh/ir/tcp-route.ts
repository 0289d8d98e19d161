import type { Resource } from '#mesh/model/resource.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { TcpServicePort } from './service-port.ts';
import { idleTimeout } from './timeout.ts';
import { connectionTargets } from './variant-targets.ts';
import { reachTargets } from './weighted-targets.ts';

/**
 * Where a virtual router sends connections to one of its ports. Nothing in a connection tells routes apart, so the first by
 * priority takes all of them; the others are reported.
 */
export function tcpRoute(
  draft: ProxyDraft,
  router: Resource<'virtualRouter'>,
  port: number,
): Pick<TcpServicePort, 'targets' | 'idleTimeoutMs'> {
  const [first, ...others] = (draft.index.routes.get(router.name) ?? [])
    .filter(({ spec }) => spec.tcpRoute !== undefined && (spec.tcpRoute.match?.port ?? port) === port)
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  for (const resource of others)
    report(
      draft,
      'invalid',
      { resource, path: 'spec.tcpRoute' },
      `route ${first?.name} takes every connection to port ${port} first`,
    );
  if (first?.spec.tcpRoute === undefined) return { targets: [] };
  const { action, timeout } = first.spec.tcpRoute;
  const place = { resource: first, path: 'spec.tcpRoute.action.weightedTargets' };
  const targets = connectionTargets(draft, reachTargets(draft, action.weightedTargets, port, place));
  if (targets.every(({ weight }) => weight === 0))
    report(draft, 'invalid', place, 'no target can take a connection: each one is closed');
  return { targets, ...idleTimeout(timeout) };
}

const LAST = 1001;

const rank = ({ spec }: Resource<'route'>) => spec.priority ?? LAST;
