import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { FenceLostError, type MeshPush, type Sidecar, type Splits, type StoredSplit } from '#rollouts/ports.ts';
import { proxyName } from '#rollouts/proxy-name.ts';

export const orders: ProxyId = { owner: '111122223333', mesh: 'shop', kind: 'vn', name: 'orders' };
export const front: ProxyId = { owner: '111122223333', mesh: 'shop', kind: 'vg', name: 'front' };

/** A task of the world; what tests set on it is how it behaves. */
export type WorldTask = { -readonly [K in keyof Sidecar]: Sidecar[K] } & {
  /** Milliseconds from news to acknowledgement; never when undefined. */
  ackDelayMs?: number | undefined;
  rejects?: boolean;
};

/** What the mesh needs of its world. */
export interface Surroundings {
  readonly now: () => number;
  readonly at: (ms: number, act: () => Promise<void>) => void;
  /** A proxy's tasks have changed. */
  readonly changed: (proxy: ProxyId) => Promise<void>;
}

/** Splits, pushes and the tasks that acknowledge them. */
export class WorldMesh {
  readonly tasks: WorldTask[] = [];
  readonly splits = new Map<string, StoredSplit>();
  /** Weights of the canary, in basis points, as they were written. */
  readonly weights: (number | undefined)[] = [];
  clients: readonly ProxyId[] = [front];
  #revisions = new Map<string, { rev: number; state: string }>();
  #world: Surroundings;

  constructor(world: Surroundings) {
    this.#world = world;
  }

  add(proxy: ProxyId, task: string, deployment: string, more: Partial<WorldTask> = {}): WorldTask {
    const alive = { wanted: true, appliedRev: 1, ackedAt: this.#world.now(), ready: true, ackDelayMs: 50 };
    const added: WorldTask = { proxy, task, deployment, ...alive, ...more };
    this.tasks.push(added);
    return added;
  }

  readonly sidecars = {
    of: async (proxy: ProxyId) =>
      this.tasks.filter((task) => proxyName(task.proxy) === proxyName(proxy)).map((task) => ({ ...task })),
  };

  readonly stored: Splits = {
    get: async (node) => this.splits.get(proxyName(node)),
    put: async (node, split, fence) => {
      if ((this.splits.get(proxyName(node))?.fence ?? 0) > fence) throw new FenceLostError(`fence ${fence} is lost`);
      this.splits.set(proxyName(node), { split, fence });
      this.weights.push(split.canary?.basisPoints);
    },
    change: async (node, fence, alter) => {
      const split = alter(this.splits.get(proxyName(node))?.split);
      if (split !== undefined) await this.stored.put(node, split, fence);
      return split !== undefined;
    },
  };

  readonly push: MeshPush = {
    clientsOf: async () => this.clients,
    push: async (proxies) => proxies.map((proxy) => ({ proxy, rev: this.#publish(proxy) })),
    resend: async (proxy, task) => this.#deliver(proxy, task),
  };

  #publish(proxy: ProxyId): number {
    const key = proxyName(proxy);
    const state = JSON.stringify([...this.splits].map(([node, { split }]) => [node, split]));
    const last = this.#revisions.get(key) ?? { rev: 1, state: '' };
    if (last.state === state) return last.rev;
    this.#revisions.set(key, { rev: last.rev + 1, state });
    for (const { proxy: of, task } of this.tasks) if (proxyName(of) === key) this.#deliver(proxy, task);
    return last.rev + 1;
  }

  #deliver(proxy: ProxyId, name: string): void {
    const task = this.tasks.find((one) => one.task === name);
    const rev = this.#revisions.get(proxyName(proxy))?.rev ?? 1;
    if (task?.ackDelayMs === undefined) return;
    this.#world.at(task.ackDelayMs, async () => {
      if (task.rejects) task.rejected = { rev, type: 'Cluster', text: 'no such thing' };
      else if (rev > task.appliedRev) Object.assign(task, { appliedRev: rev, ackedAt: this.#world.now() });
      await this.#world.changed(proxy);
    });
  }
}
