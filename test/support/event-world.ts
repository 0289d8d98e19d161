import type { Refusal } from '#aws/announcer.ts';
import type { DescribedDeployment } from '#aws/ecs.ts';
import { isEligible, type ProxyItems, type SidecarItem, sidecarsOf, type TaskItem } from '#aws/proxy-items.ts';
import type { MeshedTaskDefinition } from '#aws/proxy-of-task.ts';
import type { ProxyStore, Recorded } from '#aws/proxy-store.ts';
import type { StartedDeployment } from '#aws/services.ts';
import type { RolloutRequest } from '#aws/start-rollout.ts';
import type { BusEvent, Log } from '#aws/subscriber.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Split } from '#mesh/model/split.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import type { ProxyReport } from '#mesh/wire/report.ts';
import type { HealInput } from '#rollouts/ports.ts';
import type { Fact, Rollout } from '#rollouts/rollout.ts';

export const ACCOUNT = '111122223333';
export const CLUSTER = `arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/shop`;
export const SERVICE = `arn:aws:ecs:us-east-1:${ACCOUNT}:service/shop/orders`;
export const TASK = '0123456789abcdef0123456789abcdef';
export const orders: ProxyId = { owner: ACCOUNT, mesh: 'shop', kind: 'vn', name: 'orders' };
export const client: ProxyId = { owner: ACCOUNT, mesh: 'shop', kind: 'vn', name: 'web' };

const versioned = <T>(held: T | undefined, next: T, rank: (item: T) => number): Recorded<T> => {
  if (held === undefined || rank(held) < rank(next)) return { kind: 'stored', before: held };
  return { kind: rank(held) === rank(next) ? 'repeated' : 'stale' };
};

/** What events and reports touch, in memory; what was done is listed. */
export class EventWorld {
  now = 1_000_000;
  readonly taskDefinitions = new Map<string, MeshedTaskDefinition>([
    ['orders:1', { proxy: orders, interception: 'explicit' }],
  ]);
  readonly tasks = new Map<string, TaskItem>();
  readonly reports = new Map<string, SidecarItem>();
  readonly expiring = new Set<string>();
  readonly splits = new Map<string, Split>();
  readonly pushes: (readonly string[])[] = [];
  /** The endpoints that clients were told of last. */
  told: readonly string[] = [];
  readonly woken: string[] = [];
  readonly facts: (readonly [string, Fact])[] = [];
  readonly started: RolloutRequest[] = [];
  readonly warnings: string[] = [];
  readonly deployments = new Map<string, StartedDeployment>();
  readonly hooks = new Map<string, DescribedDeployment>();
  waitingRollouts: readonly string[] = [];
  readonly refusals: Refusal[] = [];
  readonly repairs: (readonly [string, HealInput])[] = [];
  promotedRollouts: readonly Rollout[] = [];
  runningRollouts: readonly Pick<Rollout, 'id' | 'policy' | 'startedAt'>[] = [];

  readonly log: Log = {
    info: () => {},
    warn: (message) => void this.warnings.push(message),
    error: (message) => void this.warnings.push(message),
  };

  readonly proxies: Pick<ProxyStore, 'recordTask' | 'items' | 'expireSidecar' | 'recordReport' | 'taskAt'> = {
    recordTask: async (task) => {
      const key = `${proxyKey(task.proxy)}/${task.task}`;
      const recorded = versioned(this.tasks.get(key), task, ({ version }) => version);
      if (recorded.kind === 'stored') this.tasks.set(key, task);
      return recorded;
    },
    recordReport: async (key, task, report, now) => {
      const id = `${key}/${task}`;
      const before = this.reports.get(id);
      const item = sidecarItem(task, report, before, now);
      const recorded = versioned(before, item, ({ at }) => at);
      if (recorded.kind === 'stored') this.reports.set(id, item);
      return recorded;
    },
    taskAt: async (key, task) => this.tasks.get(`${key}/${task}`),
    items: async (proxy) => this.items(proxy),
    expireSidecar: async (key, task, until) => {
      if (until === undefined) this.expiring.delete(`${key}/${task}`);
      else this.expiring.add(`${key}/${task}`);
    },
  };

  items(proxy: ProxyId): ProxyItems {
    const key = proxyKey(proxy);
    const of = <T>(all: ReadonlyMap<string, T>) =>
      [...all].filter(([id]) => id.startsWith(`${key}/`)).map(([, v]) => v);
    const split = this.splits.get(key);
    return {
      tasks: of(this.tasks),
      sidecars: new Map(of(this.reports).map((item) => [item.task, item])),
      ...(split && { split, fence: 0 }),
    };
  }

  /** Tasks that may receive traffic. */
  endpoints(proxy: ProxyId = orders): readonly string[] {
    const { tasks, sidecars } = this.items(proxy);
    return tasks.filter((task) => isEligible(task, sidecars.get(task.task))).map(({ task }) => task);
  }

  sidecars(proxy: ProxyId = orders) {
    return sidecarsOf(proxy, this.items(proxy));
  }

  readonly ports = {
    taskDefinition: async (arn: string) => this.taskDefinitions.get(arn),
    proxies: this.proxies,
    splits: {
      adopt: async (node: ProxyId, deployment: string) => {
        if (this.splits.has(proxyKey(node))) return false;
        this.splits.set(proxyKey(node), { stable: [deployment] });
        return true;
      },
      addStable: async (node: ProxyId, deployment: string) => {
        const split = this.splits.get(proxyKey(node));
        if (split === undefined || split.stable.includes(deployment)) return false;
        this.splits.set(proxyKey(node), { ...split, stable: [...split.stable, deployment] });
        return true;
      },
    },
    push: {
      clientsOf: async () => [client],
      push: async (proxies: readonly ProxyId[]) => {
        if (proxies.length > 0) this.pushes.push(proxies.map(({ name }) => name));
        if (proxies.some(({ name }) => name === client.name)) this.told = this.endpoints();
        return proxies.map((proxy) => ({ proxy, rev: 1 }));
      },
    },
    services: {
      started: async ({ deployment }: { readonly deployment: string }) => this.deployments.get(deployment),
      inProgress: async () => [],
    },
    describe: async (arn: string) => this.hooks.get(arn),
    startRollout: async (request: RolloutRequest) => void this.started.push(request),
    recordFact: async (id: string, fact: Fact) => void this.facts.push([id, fact]),
    waiting: async () => this.waitingRollouts,
    running: async () => this.runningRollouts as readonly Rollout[],
    promoted: async () => this.promotedRollouts,
    executions: {
      startHeal: async (name: string, input: HealInput) => void this.repairs.push([name, input]),
    },
    wake: async (id: string) => void this.woken.push(id),
    refused: async (refusal: Refusal) => void this.refusals.push(refusal),
    now: () => this.now,
    log: this.log,
  };
}

function sidecarItem(task: string, report: ProxyReport, before: SidecarItem | undefined, now: number): SidecarItem {
  const { rev, hash, ready, at, agent, envoy, rejected } = report;
  const ackedAt = rev > (before?.appliedRev ?? 0) ? now : (before?.ackedAt ?? now);
  const refused = rejected === undefined ? {} : { rejected };
  return { task, appliedRev: rev, hash, ready, at, agent, envoy, ackedAt, ...refused };
}

/** An event of the bus as EventBridge delivers it. */
export function busEvent(type: string, detail: object, resources: readonly string[] = [SERVICE]): BusEvent {
  return {
    id: 'event-1',
    version: '0',
    account: ACCOUNT,
    time: '2026-11-21T10:00:00Z',
    region: 'us-east-1',
    source: 'aws.ecs',
    resources: [...resources],
    'detail-type': type,
    detail,
  };
}

/** ECS's task event (the Fargate sample of its documentation, shortened to what differs). */
export function taskEventOf(version: number, lastStatus: string, over: object = {}): BusEvent {
  return busEvent('ECS Task State Change', {
    taskArn: `arn:aws:ecs:us-east-1:${ACCOUNT}:task/shop/${TASK}`,
    taskDefinitionArn: 'orders:1',
    clusterArn: CLUSTER,
    lastStatus,
    desiredStatus: 'RUNNING',
    version,
    group: 'service:orders',
    startedBy: 'ecs-svc/1',
    availabilityZone: 'us-east-1a',
    createdAt: '2026-11-21T09:59:00.000Z',
    attachments: [
      { id: 'a', type: 'eni', status: 'ATTACHED', details: [{ name: 'privateIPv4Address', value: '10.0.0.7' }] },
    ],
    containers: [],
    ...over,
  });
}
