import type { DeclaredMesh } from '#aws/mesh-view.ts';
import type { Outbox } from '#aws/outbox.ts';
import { type ProxyItems, sidecarsOf, type TaskItem } from '#aws/proxy-items.ts';
import type { MeshPublisher } from '#aws/push-mesh.ts';
import type { Revision, RevisionStore } from '#aws/revision-store.ts';
import type { DeploymentName, Services } from '#aws/services.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Clock, Sidecar } from '#rollouts/ports.ts';
import { type SweepCloudMapPorts, sweepCloudMap } from './sweep-cloud-map.ts';
import type { Attempt } from './sweep-rollouts.ts';
import { type SweepTaskPorts, sweepTasks } from './sweep-tasks.ts';

/** What the sweep of meshes looks at. */
export interface SweepMeshPorts extends SweepTaskPorts, Omit<SweepCloudMapPorts, 'publisher'> {
  /** Every mesh of the account, with what is declared in it. */
  readonly meshes: () => Promise<readonly DeclaredMesh[]>;
  readonly outbox: Pick<Outbox, 'list'>;
  readonly items: (proxy: ProxyId) => Promise<ProxyItems>;
  readonly revisions: Pick<RevisionStore, 'get'>;
  readonly publisher: Pick<MeshPublisher, 'publishAll' | 'resend' | 'clientsOf' | 'push'>;
  readonly services: Pick<Services, 'inProgress'>;
  readonly notice: (deployment: DeploymentName) => Promise<void>;
  readonly now: Clock;
}

/** The functions that answer for these have this long before the sweep takes a hand. */
const PATIENCE_MS = 30_000;

/** Publishes changes that stayed in the outbox, looks nodes up in Cloud Map, notices tasks and deployments, and sends stored snapshots to sidecars that are behind. */
export async function sweepMeshes(ports: SweepMeshPorts, attempt: Attempt): Promise<void> {
  let meshes: readonly DeclaredMesh[] = [];
  await attempt('meshes', async () => {
    meshes = await ports.meshes();
  });
  const services = new Map<string, Set<string>>();
  const tasks: TaskItem[] = [];
  for (const mesh of meshes) {
    await attempt(`outbox of ${mesh.mesh}`, () => publishLeft(ports, mesh));
    await sweepCloudMap(ports, mesh, attempt);
    for (const proxy of proxiesOf(mesh))
      await attempt(`proxy ${proxy.kind} ${proxy.name} of ${mesh.mesh}`, async () => {
        const items = await ports.items(proxy);
        collectServices(services, items);
        tasks.push(...items.tasks);
        await resendToStuck(ports, proxy, items);
      });
  }
  for (const [cluster, some] of Map.groupBy(tasks, (task) => task.cluster))
    await attempt(`tasks in ${cluster}`, () => sweepTasks(ports, cluster, some));
  for (const [cluster, some] of services)
    await attempt(`deployments in ${cluster}`, () => noticeInProgress(ports, cluster, [...some]));
}

async function publishLeft({ outbox, publisher, now }: SweepMeshPorts, { owner, mesh }: DeclaredMesh): Promise<void> {
  const left = (await outbox.list(owner, mesh)).filter(({ at }) => now() - at > PATIENCE_MS);
  for (const { id, changes } of left) await publisher.publishAll(owner, mesh, id, changes);
}

async function noticeInProgress({ services, notice }: SweepMeshPorts, cluster: string, some: readonly string[]) {
  for (const deployment of await services.inProgress(cluster, some)) await notice(deployment);
}

async function resendToStuck(ports: SweepMeshPorts, proxy: ProxyId, items: ProxyItems): Promise<void> {
  if (items.tasks.length === 0) return;
  const revision = await ports.revisions.get(proxy);
  if (revision === undefined || ports.now() - (revision.publishedAt ?? 0) < PATIENCE_MS) return;
  const stuck = sidecarsOf(proxy, items).filter((sidecar) => isStuck(sidecar, revision));
  for (const { task } of stuck) await ports.publisher.resend(proxy, task);
}

/** One that never reported is still starting; one whose Envoy refused the revision would refuse it again. */
function isStuck({ wanted, appliedRev, rejected }: Sidecar, { rev }: Revision): boolean {
  return wanted && appliedRev > 0 && appliedRev < rev && (rejected?.rev ?? 0) < rev;
}

function collectServices(services: Map<string, Set<string>>, { tasks }: ProxyItems): void {
  for (const { cluster, serviceArn } of tasks) {
    if (serviceArn === undefined) continue;
    const some = services.get(cluster) ?? new Set();
    services.set(cluster, some.add(serviceArn));
  }
}

function proxiesOf({ owner, mesh, resources }: DeclaredMesh): readonly ProxyId[] {
  return resources.flatMap(({ kind, name }): readonly ProxyId[] => {
    if (kind === 'virtualNode') return [{ owner, mesh, kind: 'vn', name }];
    return kind === 'virtualGateway' ? [{ owner, mesh, kind: 'vg', name }] : [];
  });
}
