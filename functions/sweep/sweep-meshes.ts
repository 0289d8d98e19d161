import type { DeclaredMesh } from '#aws/mesh-view.ts';
import type { Outbox } from '#aws/outbox.ts';
import type { ProxyItems, TaskItem } from '#aws/proxy-items.ts';
import type { MeshPublisher } from '#aws/push-mesh.ts';
import type { DeploymentName, Services } from '#aws/services.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Clock } from '#rollouts/ports.ts';
import { type SweepCloudMapPorts, sweepCloudMap } from './sweep-cloud-map.ts';
import { type SweepDriftPorts, sweepDrift } from './sweep-drift.ts';
import { orphansOf, type SweepOrphanPorts, sweepOrphans } from './sweep-orphans.ts';
import type { Attempt } from './sweep-rollouts.ts';
import { type SweepSidecarPorts, sweepSidecars } from './sweep-sidecars.ts';
import { type SweepTaskPorts, sweepTasks } from './sweep-tasks.ts';

/** What the sweep of meshes looks at. */
export interface SweepMeshPorts
  extends SweepTaskPorts,
    SweepOrphanPorts,
    Omit<SweepSidecarPorts, 'publisher'>,
    Omit<SweepDriftPorts, 'publisher'>,
    Omit<SweepCloudMapPorts, 'publisher'> {
  /** Every mesh of the account, with what is declared in it. */
  readonly meshes: () => Promise<readonly DeclaredMesh[]>;
  readonly outbox: Pick<Outbox, 'list'>;
  readonly items: (proxy: ProxyId) => Promise<ProxyItems>;
  readonly publisher: Pick<MeshPublisher, 'publishAll' | 'resend' | 'clientsOf' | 'push' | 'drifted'>;
  readonly services: Pick<Services, 'inProgress'>;
  readonly notice: (deployment: DeploymentName) => Promise<void>;
  readonly now: Clock;
}

/** The functions that answer for these have this long before the sweep takes a hand. */
const PATIENCE_MS = 30_000;

/**
 * Publishes changes that stayed in the outbox and snapshots that are not what is declared, looks nodes up in Cloud Map, notices
 * tasks and deployments, and brings sidecars that are behind up to date.
 */
export async function sweepMeshes(ports: SweepMeshPorts, attempt: Attempt): Promise<void> {
  let meshes: readonly DeclaredMesh[] = [];
  await attempt('meshes', async () => {
    meshes = await ports.meshes();
  });
  const services = new Map<string, Set<string>>();
  const tasks: TaskItem[] = [];
  const orphans: string[] = [];
  const live: ProxyId[] = [];
  for (const mesh of meshes) {
    await attempt(`outbox of ${mesh.mesh}`, () => publishLeft(ports, mesh));
    await sweepCloudMap(ports, mesh, attempt);
    for (const proxy of proxiesOf(mesh))
      await attempt(`proxy ${proxy.kind} ${proxy.name} of ${mesh.mesh}`, async () => {
        const items = await ports.items(proxy);
        collectServices(services, items);
        tasks.push(...items.tasks);
        orphans.push(...orphansOf(items));
        if (items.tasks.length > 0) live.push(proxy);
        await sweepSidecars(ports, proxy, items);
      });
  }
  await attempt('tasks without an event', () => sweepOrphans(ports, orphans));
  await attempt('snapshots', () => sweepDrift(ports, live));
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
