import type { CloudMapInstance } from '#mesh/model/cloud-map-instance.ts';
import type { Comparison } from '#mesh/model/comparison.ts';
import type { Endpoint, Interception } from '#mesh/model/endpoint.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Split } from '#mesh/model/split.ts';
import type { Sidecar } from '#rollouts/ports.ts';
import type { Item } from './items-of.ts';

/** A task as ECS's events tell; the highest `version` seen. */
export interface TaskItem {
  /** ECS task id. */
  readonly task: string;
  /** Which proxy it runs: keys hold only the segments of its names. */
  readonly proxy: ProxyId;
  /** `ecs-svc/…`; empty for a task that no service started. */
  readonly deployment: string;
  /** IPv4; absent until the network interface is attached. */
  readonly address?: string;
  readonly interception: Interception;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly version: number;
  readonly az?: string;
  readonly cluster: string;
  readonly serviceArn?: string;
  /** Epoch milliseconds at which ECS created the task. */
  readonly startedAt: number;
}

/** A sidecar as it says of itself; the report with the highest `at`. */
export interface SidecarItem {
  readonly task: string;
  readonly appliedRev: number;
  readonly hash: string;
  readonly ready: boolean;
  readonly rejected?: NonNullable<Sidecar['rejected']>;
  /** What it cannot do of what it was told, in its own words. */
  readonly problems?: readonly string[];
  /** Epoch milliseconds of the control plane at which `appliedRev` last rose. */
  readonly ackedAt?: number;
  /** Epoch milliseconds of the task's clock. */
  readonly at: number;
  readonly agent: string;
  readonly envoy: string;
}

/** One partition of a proxy, read at one go. */
export interface ProxyItems {
  readonly tasks: readonly TaskItem[];
  readonly sidecars: ReadonlyMap<string, SidecarItem>;
  readonly split?: Split;
  readonly fence?: number;
  /** Of a node that traffic moves to by its routes. */
  readonly comparison?: Comparison;
  /** What Cloud Map last said of the node; absent: nobody has asked. */
  readonly cloudMap?: readonly CloudMapInstance[];
}

/** Sorts a partition's items by what they are; items of others (waits) are left out. */
export function readProxyItems(items: readonly Item[]): ProxyItems {
  const of = (prefix: string) => items.filter(({ sk }) => String(sk).startsWith(prefix));
  const sidecars = of('SIDECAR#') as unknown as readonly SidecarItem[];
  const split = items.find(({ sk }) => sk === 'SPLIT');
  const found = items.find(({ sk }) => sk === 'CLOUDMAP');
  const compared = items.find(({ sk }) => sk === 'COMPARISON');
  return {
    tasks: of('TASK#') as unknown as readonly TaskItem[],
    sidecars: new Map(sidecars.map((item) => [item.task, item])),
    ...(found && { cloudMap: found['instances'] as readonly CloudMapInstance[] }),
    ...(compared && { comparison: compared['comparison'] as Comparison }),
    ...(split && { split: split['split'] as Split, fence: Number(split['fence']) }),
  };
}

/** Whether a task may be sent traffic: it runs, ECS wants it to go on running, and its sidecar says it is ready. */
export function isEligible(task: TaskItem | undefined, sidecar: Pick<SidecarItem, 'ready'> | undefined): boolean {
  if (task?.address === undefined) return false;
  return task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING' && sidecar?.ready === true;
}

/** The endpoints among a proxy's tasks, sorted by task, so that the order of items never shows. */
export function endpointsOf({ tasks, sidecars }: ProxyItems): readonly Endpoint[] {
  return tasks
    .filter((task) => isEligible(task, sidecars.get(task.task)))
    .map(({ task, deployment, address = '', interception, az }) => {
      const endpoint = { task, deployment, address, interception };
      return az === undefined ? endpoint : { ...endpoint, availabilityZone: az };
    })
    .sort((a, b) => (a.task < b.task ? -1 : 1));
}

/** Every task of a proxy that ECS knows, with what its sidecar said; a sidecar without a task counts for nothing. */
export function sidecarsOf(proxy: ProxyId, { tasks, sidecars }: ProxyItems): readonly Sidecar[] {
  return tasks.map((task) => {
    const said = sidecars.get(task.task);
    return {
      proxy,
      task: task.task,
      deployment: task.deployment,
      wanted: isWanted(task),
      appliedRev: said?.appliedRev ?? 0,
      ready: said?.ready ?? false,
      ...(said?.ackedAt !== undefined && { ackedAt: said.ackedAt }),
      ...(said?.rejected !== undefined && { rejected: said.rejected }),
    };
  });
}

/** How a proxy's tasks meet their Envoy: as the newest wanted one does, else the newest known; App Mesh's redirect while none is. */
export function interceptionOf({ tasks }: Pick<ProxyItems, 'tasks'>): Interception {
  const newest = [...tasks].sort((a, b) => Number(isWanted(b)) - Number(isWanted(a)) || b.startedAt - a.startedAt);
  return newest[0]?.interception ?? 'transparent';
}

function isWanted({ desiredStatus, lastStatus }: TaskItem): boolean {
  return desiredStatus === 'RUNNING' && lastStatus !== 'STOPPED' && lastStatus !== 'DEPROVISIONING';
}
