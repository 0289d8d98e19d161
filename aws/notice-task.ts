import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import type { Clock, MeshPush } from '#rollouts/ports.ts';
import { interceptionOf, isEligible, type ProxyItems, type TaskItem } from './proxy-items.ts';
import type { ProxyStore, Recorded } from './proxy-store.ts';
import type { SplitStore } from './split-store.ts';

/** What a task's change touches. */
export interface NoticeTaskPorts {
  readonly proxies: Pick<ProxyStore, 'recordTask' | 'items' | 'expireSidecar'>;
  readonly splits: Pick<SplitStore, 'adopt'>;
  readonly push: Pick<MeshPush, 'push' | 'clientsOf'>;
  readonly waiting: (proxy: ProxyId) => Promise<readonly string[]>;
  readonly wake: (rollout: string) => Promise<void>;
  readonly now: Clock;
}

/**
 * Records a task's state, tells its node's clients when that makes or ends an endpoint, and wakes the rollouts that look at
 * the node. Events repeat and overtake each other, and the sweep tells what they should have: an older version changes
 * nothing, the same version once more finishes what its first delivery may have left undone.
 */
export const noticeTask =
  (ports: NoticeTaskPorts) =>
  async (task: TaskItem): Promise<void> => {
    const recorded = await ports.proxies.recordTask(task, ports.now());
    if (recorded.kind === 'stale') return;
    await keepSidecar(ports, task, recorded);
    const items = await ports.proxies.items(task.proxy);
    const isAdopted = items.split === undefined && (await adopt(ports, task));
    const reached = isAdopted || changesEndpoints(task, recorded, items) ? await ports.push.clientsOf(task.proxy) : [];
    const own = changesInterception(task, recorded, items) ? [task.proxy] : [];
    await ports.push.push(distinct([...reached, ...own]));
    const rollouts = await ports.waiting(task.proxy);
    await Promise.all(rollouts.map(ports.wake));
  };

/** A sidecar may report before ECS's first event of its task, and lives no longer than it. */
async function keepSidecar({ proxies, now }: NoticeTaskPorts, task: TaskItem, recorded: Recorded<TaskItem>) {
  const key = proxyKey(task.proxy);
  if (task.lastStatus === 'STOPPED') await proxies.expireSidecar(key, task.task, now());
  else if (isFirst(recorded)) await proxies.expireSidecar(key, task.task, undefined);
}

/** The first service deployment seen of a virtual node is its stable variant (ADR 3). */
async function adopt({ splits }: NoticeTaskPorts, { proxy, deployment, desiredStatus }: TaskItem): Promise<boolean> {
  if (proxy.kind !== 'vn' || deployment === '' || desiredStatus !== 'RUNNING') return false;
  return splits.adopt(proxy, deployment);
}

function changesEndpoints(task: TaskItem, recorded: Recorded<TaskItem>, { sidecars }: ProxyItems): boolean {
  if (task.proxy.kind !== 'vn') return false;
  if (recorded.kind !== 'stored') return true;
  const sidecar = sidecars.get(task.task);
  return isEligible(task, sidecar) !== isEligible(recorded.before, sidecar);
}

function changesInterception(task: TaskItem, recorded: Recorded<TaskItem>, { tasks }: ProxyItems): boolean {
  if (recorded.kind !== 'stored') return true;
  const others = tasks.filter((other) => other.task !== task.task);
  const before = recorded.before === undefined ? others : [...others, recorded.before];
  return interceptionOf({ tasks }) !== interceptionOf({ tasks: before });
}

/** Also on a repetition, whose first delivery may have died before. */
const isFirst = (recorded: Recorded<TaskItem>): boolean =>
  recorded.kind === 'repeated' || (recorded.kind === 'stored' && recorded.before === undefined);

const distinct = (proxies: readonly ProxyId[]): readonly ProxyId[] => [
  ...new Map(proxies.map((proxy) => [proxyKey(proxy), proxy])).values(),
];
