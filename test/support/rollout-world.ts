import { rolloutStarter } from '#aws/start-rollout.ts';
import { waker } from '#aws/wake.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { firstStep } from '#rollouts/next-move.ts';
import { defaultPolicy } from '#rollouts/policy.ts';
import type { Announcement, HealInput } from '#rollouts/ports.ts';
import { proxyName } from '#rollouts/proxy-name.ts';
import type { Fact, Outcome, Rollout } from '#rollouts/rollout.ts';
import type { Policy } from '#rollouts/types.ts';
import { type Command, commandRollout } from '../../functions/weir-api/command-rollout.ts';
import { WorldAlarms } from './rollout-world-alarms.ts';
import { WorldEcs } from './rollout-world-ecs.ts';
import { type Counts, WorldEvidence } from './rollout-world-evidence.ts';
import { WorldLock } from './rollout-world-lock.ts';
import { front, orders, WorldMesh, type WorldTask } from './rollout-world-mesh.ts';
import { WorldStore, WorldTurns } from './rollout-world-store.ts';
import { taskFunctions } from './rollout-world-tasks.ts';
import { Execution, readDefinition } from './state-machine.ts';

export const SERVICE = 'arn:aws:ecs:us-east-1:111122223333:service/shop/orders';
export const CLUSTER = 'arn:aws:ecs:us-east-1:111122223333:cluster/shop';

/** The default policy with a laptop's seconds. */
export const quickPolicy: Policy = {
  ...defaultPolicy,
  steps: [5, 25, 50, 100].map((weight) => ({ weight, seconds: 10 })),
  baselineSeconds: 15,
  bakeSeconds: 10,
  scaleUpSeconds: 60,
};

/** Far more than any rollout needs. */
const MOST_HAPPENINGS = 5000;

/** How a deployment comes about. */
export interface Deploying {
  readonly greenMs?: number;
  readonly hook?: boolean;
  readonly isFirst?: boolean;
  readonly node?: ProxyId;
  /** Milliseconds from now until ECS ends its hook by itself. */
  readonly hookMs?: number;
}

/**
 * The rollout's whole surroundings in memory, on a clock of its own: real task functions and the real state machines over
 * fakes of their ports. `at` schedules; `run` lets time pass until nothing is left to happen.
 */
export class RolloutWorld {
  now = 1_000_000;
  policy: Policy = quickPolicy;
  readonly store = new WorldStore();
  readonly turns = new WorldTurns(this.store);
  readonly lock = new WorldLock();
  readonly ecsWorld = new WorldEcs();
  readonly evidence = new WorldEvidence();
  readonly alarms = new WorldAlarms();
  readonly announced: { readonly what: Announcement; readonly id: string }[] = [];
  readonly executions = new Map<string, Execution>();
  /** Makes the next tasks of this name throw, for as many times. */
  readonly broken = new Map<string, number>();
  readonly mesh = new WorldMesh({
    now: () => this.now,
    at: (ms, act) => this.at(ms, act),
    changed: (proxy) => this.wakeWaiting(proxy),
  });
  #agenda: { at: number; order: number; act: () => void | Promise<void> }[] = [];
  #order = 0;

  /** A gateway with two tasks calls `orders`, whose stable deployment is `ecs-svc/1`. */
  static shop(): RolloutWorld {
    const world = new RolloutWorld();
    world.mesh.add(front, 'front-a', 'ecs-svc/9');
    world.mesh.add(front, 'front-b', 'ecs-svc/9');
    world.serve(orders, 'ecs-svc/1');
    world.ecsWorld.onStop = async (task) => {
      for (const one of world.tasks) if (one.task === task) one.wanted = false;
      await world.wakeWaiting(front);
    };
    return world;
  }

  get rollouts(): ReadonlyMap<string, Rollout> {
    return this.store.all;
  }

  get tasks(): WorldTask[] {
    return this.mesh.tasks;
  }

  get weights(): readonly (number | undefined)[] {
    return this.mesh.weights;
  }

  /** What was asked of ECS. */
  get ecs(): readonly string[] {
    return this.ecsWorld.asked;
  }

  /** One task of a deployment is the stable variant of a node. */
  serve(node: ProxyId, deployment: string): void {
    this.mesh.add(node, `${node.name}-${numberOf(deployment)}`, deployment);
    this.mesh.splits.set(proxyName(node), { split: { stable: [deployment] }, fence: 0 });
  }

  /** ECS begins a deployment of the service: the rollout starts, its task comes up after `greenMs` and ECS pauses. */
  async deploy(deployment: string, how: Deploying = {}): Promise<string> {
    const { greenMs = 5000, hook = true, isFirst = false, node = orders, hookMs } = how;
    const id = `dep-${numberOf(deployment)}`;
    const serviceArn = SERVICE.replace('orders', node.name);
    const arn = `arn:aws:ecs:us-east-1:111122223333:service-deployment/shop/${node.name}/${id}`;
    this.ecsWorld.begin(deployment, { arn, status: 'inProgress', createdAt: this.now, hasPauseHook: hook, isFirst });
    const taskDefinition = `${node.name}:${id}`;
    await this.#start({ serviceArn, clusterArn: CLUSTER, deployment, node, taskDefinition });
    const expiresAt = hookMs === undefined ? {} : { expiresAt: this.now + hookMs };
    this.at(greenMs, async () => {
      if (this.ecsWorld.deployments.get(deployment)?.status !== 'inProgress') return;
      this.mesh.add(node, `${node.name}-${numberOf(deployment)}`, deployment);
      await this.wakeWaiting(node);
      if (!hook) return;
      this.ecsWorld.describe(deployment, { awaitingHook: 'hook-1' });
      const stage = { kind: 'hook', serviceDeployment: arn, hookId: 'hook-1', stage: 'POST_SCALE_UP' } as const;
      await this.record(id, { ...stage, at: this.now, ...expiresAt });
    });
    return id;
  }

  /** Something to happen `ms` from now. */
  at(ms: number, act: () => void | Promise<void>): void {
    this.#agenda.push({ at: this.now + ms, order: this.#order++, act });
    this.#agenda.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  async record(id: string, fact: Fact): Promise<void> {
    await this.store.record(id, fact);
    await this.wake(id);
  }

  /** An operator's request, as the API answers it: the status, 202 when it was taken. */
  async say(id: string, verb: Command['verb'], more: Partial<Command> = {}): Promise<number> {
    const command = { verb, query: {}, body: undefined, actor: 'me', ...more };
    const ports = { rollouts: this.store, wake: this.wake, now: () => this.now };
    const refused = (error: { readonly status?: number }) => ({ status: error.status ?? 0 });
    return (await commandRollout(ports, id, command).catch(refused)).status;
  }

  /** A task leaves RUNNING, or something else of it changes. */
  async wakeWaiting(proxy: ProxyId): Promise<void> {
    for (const [id, rollout] of this.rollouts) {
      const watched = [rollout.node, ...(rollout.wait?.required ?? []).map((one) => one.proxy)];
      if (watched.some((one) => proxyName(one) === proxyName(proxy))) await this.wake(id);
    }
  }

  /** Lets time pass until nothing is left to happen, or for `ms`. */
  async run(ms = Number.POSITIVE_INFINITY): Promise<void> {
    const until = this.now + ms;
    for (let happened = 0; ; happened++) {
      if (happened > MOST_HAPPENINGS)
        throw new Error(`something goes round in circles: ${this.#agenda.length} scheduled`);
      const ready = [...this.executions.values()].filter(({ standing }) => standing === undefined);
      for (const execution of ready) await execution.run();
      if (ready.length > 0) continue;
      const next = this.#next();
      if (next === undefined || next.at > until) {
        if (ms !== Number.POSITIVE_INFINITY) this.now = until;
        return;
      }
      this.now = Math.max(this.now, next.at);
      await next.act();
    }
  }

  rollout(id: string): Rollout {
    return this.store.one(id);
  }

  split(node = orders) {
    return this.mesh.splits.get(proxyName(node))?.split;
  }

  readonly wake = (id: string): Promise<void> =>
    waker({
      rollouts: this.store,
      sidecars: this.mesh.sidecars,
      evidence: this.evidence,
      turns: this.turns,
      alarms: this.alarms,
      callbacks: {
        succeed: async (token: string, outcome: Outcome) => {
          for (const execution of this.executions.values()) if (execution.succeed(token, outcome)) return;
        },
      },
      now: () => this.now,
    })(id);

  /** The sidecars report so many requests in each second from now on, and wake the rollout. */
  traffic(id: string, seconds: number, counts: { stable: Counts; canary: Counts }): void {
    for (let second = 1; second <= seconds; second++)
      this.at(second * 1000, async () => {
        this.evidence.report(id, 'front-a', this.now, counts.stable, counts.canary);
        await this.wake(id);
      });
  }

  async #start(request: Parameters<ReturnType<typeof rolloutStarter>>[0]): Promise<void> {
    const start = rolloutStarter({
      rollouts: this.store,
      policies: { get: async () => this.policy },
      intents: { get: async () => undefined },
      waysBack: { isMarked: async () => false },
      executions: {
        startCanary: async (rolloutId) => {
          if (this.executions.has(rolloutId)) return;
          const input = { rolloutId, step: firstStep };
          this.executions.set(rolloutId, new Execution(readDefinition('canary'), input, this.#invoke));
        },
      },
      now: () => this.now,
    });
    await start(request);
  }

  /** Starts the heal machine, as `secure-rollout` and `heal-proxies` do. */
  readonly startHeal = async (name: string, input: HealInput): Promise<void> => {
    if (this.executions.has(name)) return;
    this.executions.set(name, new Execution(readDefinition('heal'), input, this.#invoke));
  };

  readonly #invoke = async (name: string, payload: unknown): Promise<unknown> => {
    this.now += 5;
    const left = this.broken.get(name) ?? 0;
    if (left > 0) {
      this.broken.set(name, left - 1);
      throw Object.assign(new Error(`${name} is down`), { name: 'Runtime.ExitError' });
    }
    const run = taskFunctions(this)[name];
    if (run === undefined) throw new Error(`no function for ${name}`);
    return run(payload);
  };

  #next(): { at: number; act: () => void | Promise<void> } | undefined {
    const [first] = this.#agenda;
    const deadlines = [...this.executions.values()].flatMap((execution) => {
      const standing = execution.standing;
      if (standing?.kind !== 'waiting') return [];
      const owner = [...this.rollouts.values()].find(({ wait }) => wait?.token === standing.token);
      const since = owner?.wait?.since ?? this.now;
      return [{ at: since + standing.seconds * 1000, act: () => execution.timeout() }];
    });
    const soonest = deadlines.sort((a, b) => a.at - b.at)[0];
    if (first === undefined || (soonest !== undefined && soonest.at < first.at)) return soonest;
    return {
      at: first.at,
      act: () => {
        this.#agenda.shift();
        return first.act();
      },
    };
  }
}

const numberOf = (deployment: string): string => deployment.slice('ecs-svc/'.length);
