import { type ProxyItems, sidecarsOf } from '#aws/proxy-items.ts';
import type { MeshPublisher } from '#aws/push-mesh.ts';
import type { Revision, RevisionStore } from '#aws/revision-store.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Clock, Deployments, Sidecar } from '#rollouts/ports.ts';
import { repairs } from '#rollouts/repairs.ts';

/** What the sweep of sidecars looks at. */
export interface SweepSidecarPorts {
  readonly revisions: Pick<RevisionStore, 'get'>;
  readonly publisher: Pick<MeshPublisher, 'resend'>;
  readonly deployments: Pick<Deployments, 'stopTask'>;
  readonly now: Clock;
}

/** News arrive in under a second: after this a sidecar has missed them. */
const BEHIND_MS = 30_000;
/** Three polls of its own and two sweeps were of no use to it by then. */
const HOPELESS_MS = 3 * 60_000;

/**
 * Sends stored snapshots to sidecars that are behind, rollout or not; one that stays behind has its task replaced, within
 * the bounds of every other repair: only while the push reaches others, and few at a time.
 */
export async function sweepSidecars(ports: SweepSidecarPorts, proxy: ProxyId, items: ProxyItems): Promise<void> {
  if (items.tasks.length === 0) return;
  const revision = await ports.revisions.get(proxy);
  const age = revision === undefined ? 0 : ports.now() - (revision.publishedAt ?? 0);
  if (revision === undefined || age < BEHIND_MS) return;
  const sidecars = sidecarsOf(proxy, items).filter(({ wanted }) => wanted);
  const behind = sidecars.filter((sidecar) => isBehind(sidecar, revision));
  const hopeless = age < HOPELESS_MS ? new Set<string>() : replaceable(proxy, sidecars, behind, revision);
  for (const { task } of behind) {
    const cluster = items.tasks.find((one) => one.task === task)?.cluster;
    if (cluster !== undefined && hopeless.has(task))
      await ports.deployments.stopTask(cluster, task, reasonOf(revision));
    else await ports.publisher.resend(proxy, task);
  }
}

/** One that never reported is still starting; one whose Envoy refused the revision would refuse it again. */
function isBehind({ appliedRev, rejected }: Sidecar, { rev }: Revision): boolean {
  return appliedRev > 0 && appliedRev < rev && (rejected?.rev ?? 0) < rev;
}

function replaceable(
  proxy: ProxyId,
  sidecars: readonly Sidecar[],
  behind: readonly Sidecar[],
  { rev }: Revision,
): ReadonlySet<string> {
  const required = sidecars.map(({ task }) => ({ proxy, task, rev }));
  const mayStop = repairs(required, sidecars).flatMap(({ sidecar, mayStop }) => (mayStop ? [sidecar.task] : []));
  return new Set(mayStop.filter((task) => behind.some((one) => one.task === task)));
}

const reasonOf = ({ rev }: Revision): string => `Weir: its Envoy did not confirm revision ${rev} for minutes`;
