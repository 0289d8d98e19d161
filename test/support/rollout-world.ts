import { rolloutStarter } from '#aws/start-rollout.ts';
import { waker } from '#aws/wake.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { type Evidence, foldReport, noEvidence } from '#rollouts/evidence.ts';
import { defaultPolicy } from '#rollouts/policy.ts';
import type {
  Announcement,
  HealInput,
  LockAnswer,
  LockClaim,
  Rollouts,
  ServiceDeployment,
  Sidecar,
  Splits,
  StoredSplit,
} from '#rollouts/ports.ts';
import { FenceLostError } from '#rollouts/ports.ts';
import { proxyName } from '#rollouts/proxy-name.ts';
import type { Fact, Outcome, Rollout } from '#rollouts/rollout.ts';
import type { Policy } from '#rollouts/types.ts';
import { admitRollout } from '../../functions/admit-rollout/admit-rollout.ts';
import { type AwaitInput, awaitSignal } from '../../functions/await-signal/await-signal.ts';
import { type FinishInput, finishRollout } from '../../functions/finish-rollout/finish-rollout.ts';
import { type HealInput as HealTask, healProxies } from '../../functions/heal-proxies/heal-proxies.ts';
import { type ReleaseInput, releaseDeployment } from '../../functions/release-deployment/release-deployment.ts';
import { type ShiftInput, shiftWeight } from '../../functions/shift-weight/shift-weight.ts';
import { Execution, readDefinition } from './state-machine.ts';

export const SERVICE = 'arn:aws:ecs:us-east-1:111122223333:service/shop/orders';
export const CLUSTER = 'arn:aws:ecs:us-east-1:111122223333:cluster/shop';
export const orders: ProxyId = { owner: '111122223333', mesh: 'shop', kind: 'vn', name: 'orders' };
export const front: ProxyId = { owner: '111122223333', mesh: 'shop', kind: 'vg', name: 'front' };

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

/** A task of the world; what tests set on it is how it behaves. */
export type WorldTask = { -readonly [K in keyof Sidecar]: Sidecar[K] } & {
  /** Milliseconds from news to acknowledgement; never when undefined. */
  ackDelayMs?: number | undefined;
  rejects?: boolean;
};

/**
 * The rollout's whole surroundings in memory, on a clock of its own: real task functions and the real state machines over
 * fakes of their ports. `at` schedules; `run` lets time pass until nothing is left to happen.
 */
export class RolloutWorld {
  now = 1_000_000;
  policy: Policy = quickPolicy;
  readonly rollouts = new Map<string, Rollout>();
  readonly tasks: WorldTask[] = [];
  readonly splits = new Map<string, StoredSplit>();
  readonly deployments = new Map<string, ServiceDeployment>();
  readonly evidence = new Map<string, Map<string, Evidence>>();
  readonly announced: { readonly what: Announcement; readonly id: string }[] = [];
  /** What was asked of ECS. */
  readonly ecs: string[] = [];
  readonly executions = new Map<string, Execution>();
  /** Weights of the canary, in basis points, as they were written. */
  readonly weights: (number | undefined)[] = [];
  firing: { name: string; reason: string }[] = [];
  clients: readonly ProxyId[] = [front];
  /** DescribeAlarms is throttled for good. */
  isAlarmsDown = false;
  /** Makes the next tasks of this name throw, for as many times. */
  readonly broken = new Map<string, number>();
  #locks = new Map<string, { rollout?: string; fence: number; deployedAt: number }>();
  #revisions = new Map<string, { rev: number; state: string }>();
  #agenda: { at: number; order: number; act: () => void | Promise<void> }[] = [];
  #order = 0;

  /** A gateway with two tasks calls `orders`, whose stable deployment is `ecs-svc/1`. */
  static shop(): RolloutWorld {
    const world = new RolloutWorld();
    world.addTask(front, 'front-a', 'ecs-svc/9');
    world.addTask(front, 'front-b', 'ecs-svc/9');
    world.addTask(orders, 'orders-1', 'ecs-svc/1');
    world.splits.set(proxyName(orders), { split: { stable: ['ecs-svc/1'] }, fence: 0 });
    return world;
  }

  addTask(proxy: ProxyId, task: string, deployment: string, more: Partial<WorldTask> = {}): WorldTask {
    const added = {
      proxy,
      task,
      deployment,
      wanted: true,
      appliedRev: 1,
      ackedAt: this.now,
      ready: true,
      ackDelayMs: 50,
    };
    this.tasks.push({ ...added, ...more });
    return this.tasks.at(-1) as WorldTask;
  }

  /** ECS begins a deployment of the service: the rollout starts, its task comes up after `greenMs` and ECS pauses. */
  async deploy(deployment: string, { greenMs = 5000, hook = true, isFirst = false } = {}): Promise<string> {
    const id = `dep-${deployment.slice('ecs-svc/'.length)}`;
    const arn = `arn:aws:ecs:us-east-1:111122223333:service-deployment/shop/orders/${id}`;
    for (const [other, { status }] of this.deployments)
      if (status === 'inProgress') this.#describe(other, { status: 'stopped' });
    const createdAt = this.now;
    this.deployments.set(deployment, { arn, status: 'inProgress', createdAt, hasPauseHook: hook, isFirst });
    await this.#start({
      serviceArn: SERVICE,
      clusterArn: CLUSTER,
      deployment,
      node: orders,
      taskDefinition: `orders:${id}`,
    });
    this.at(greenMs, async () => {
      if (this.deployments.get(deployment)?.status !== 'inProgress') return;
      this.addTask(orders, `orders-${deployment.slice('ecs-svc/'.length)}`, deployment);
      await this.wakeWaiting(orders);
      if (!hook) return;
      this.#describe(deployment, { awaitingHook: 'hook-1' });
      await this.record(id, {
        kind: 'hook',
        serviceDeployment: arn,
        hookId: 'hook-1',
        stage: 'POST_SCALE_UP',
        at: this.now,
      });
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
    const found = this.rollouts.get(id);
    if (found === undefined) throw new Error(`no rollout ${id}`);
    return found;
  }

  split() {
    return this.splits.get(proxyName(orders))?.split;
  }

  readonly wake = (id: string): Promise<void> => waker(this.#wakePorts)(id);

  readonly store: Rollouts = {
    create: async (rollout) => !this.rollouts.has(rollout.id) && !!this.rollouts.set(rollout.id, rollout),
    createUnlisted: async (rollout) => void (this.rollouts.has(rollout.id) || this.rollouts.set(rollout.id, rollout)),
    get: async (id) => structuredClone(this.rollouts.get(id)),
    list: async () => ({ rollouts: [...this.rollouts.values()] }),
    change: async (id, change) => this.#patch(id, change),
    record: async (id, fact) => {
      const { facts } = this.rollout(id);
      const { pause, ...others } = facts;
      if (fact.kind === 'resume') this.#patch(id, { facts: others });
      else this.#patch(id, { facts: { [fact.kind]: fact, ...facts } });
    },
    registerWait: async (id, wait, phase) => this.#patch(id, { wait: { ...wait, registeredAt: this.now }, phase }),
    settleWait: async (id, token, outcome, change) => {
      const { wait, facts } = this.rollout(id);
      if (wait?.token !== token) return false;
      const { promote, pause, ...others } = facts;
      this.#patch(id, {
        ...change,
        wait: { ...wait, outcome },
        facts: outcome.kind === 'promote' ? others : facts,
      });
      return true;
    },
    clearWait: async (id, token) => {
      const { wait, ...rest } = this.rollout(id);
      if (wait?.token === token) this.rollouts.set(id, rest);
    },
    finish: async (id, ending) => {
      const { wait, ...rest } = this.rollout(id);
      if (rest.status !== 'running') return false;
      this.rollouts.set(id, { ...rest, ...ending, phase: 'finished' });
      return true;
    },
  };

  readonly sidecars = {
    of: async (proxy: ProxyId) =>
      this.tasks.filter((task) => proxyName(task.proxy) === proxyName(proxy)).map((t) => ({ ...t })),
  };

  /** A sidecar's report of one second. */
  async report(
    id: string,
    task: string,
    seq: number,
    stable: [number, number],
    canary: [number, number],
  ): Promise<void> {
    const of = this.evidence.get(id) ?? new Map<string, Evidence>();
    const counts = ([requests, failures]: [number, number]) => ({ requests, failures });
    const report = { seq, intervalMs: 1000, stable: counts(stable), canary: counts(canary), shielded: 0 };
    of.set(task, foldReport(of.get(task) ?? noEvidence, report));
    this.evidence.set(id, of);
  }

  readonly evidenceStore = {
    all: async (id: string) =>
      [...(this.evidence.get(id) ?? [])].map(([task, evidence]) => ({ proxy: proxyName(front), task, evidence })),
  };

  async #start(request: Parameters<ReturnType<typeof rolloutStarter>>[0]): Promise<void> {
    const start = rolloutStarter({
      rollouts: this.store,
      policies: { get: async () => this.policy, put: async () => true },
      waysBack: { isMarked: async () => false },
      executions: {
        startCanary: async (rolloutId) => {
          if (this.executions.has(rolloutId)) return;
          const input = { rolloutId, step: { next: 0 } };
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
    const run = this.#functions[name];
    if (run === undefined) throw new Error(`no function for ${name}`);
    return run(payload);
  };

  get #functions(): Record<string, (payload: unknown) => Promise<unknown>> {
    const shift = shiftWeight({
      ...this.#ports,
      evidence: this.evidenceStore,
      alarms: this.#alarms,
    });
    const heal = healProxies({
      ...this.#ports,
      deployments: this.#ecsPort,
      executions: { startHeal: this.startHeal },
      clusterOf: async () => CLUSTER,
    });
    const admit = admitRollout({
      ...this.#ports,
      deployments: this.#ecsPort,
      alarms: this.#alarms,
      wake: this.wake,
    });
    const wait = awaitSignal({ rollouts: this.store, wake: this.wake, now: () => this.now });
    const release = releaseDeployment({
      rollouts: this.store,
      deployments: this.#ecsPort,
      waysBack: { mark: async () => {} },
    });
    return {
      AdmitRolloutArn: (input) => admit(input as { rolloutId: string }),
      AwaitSignalArn: (input) => wait(input as AwaitInput),
      ShiftWeightArn: (input) => shift(input as ShiftInput),
      ReleaseDeploymentArn: (input) => release(input as ReleaseInput),
      FinishRolloutArn: (input) => finishRollout(this.#ports)(input as FinishInput),
      HealProxiesArn: (input) => heal(input as HealTask),
    };
  }

  readonly #alarms = {
    firing: async () => {
      if (this.isAlarmsDown) throw Object.assign(new Error('rate exceeded'), { name: 'ThrottlingException' });
      return this.firing;
    },
  };

  readonly #splits: Splits = {
    get: async (node) => this.splits.get(proxyName(node)),
    put: async (node, split, fence) => {
      if ((this.splits.get(proxyName(node))?.fence ?? 0) > fence) throw new FenceLostError(`fence ${fence} is lost`);
      this.splits.set(proxyName(node), { split, fence });
      this.weights.push(split.canary?.basisPoints);
    },
    change: async (node, fence, alter) => {
      const split = alter(this.splits.get(proxyName(node))?.split);
      if (split !== undefined) await this.#splits.put(node, split, fence);
      return split !== undefined;
    },
  };

  get #ports() {
    return {
      rollouts: this.store,
      sidecars: this.sidecars,
      splits: this.#splits,
      push: {
        clientsOf: async () => this.clients,
        push: async (proxies: readonly ProxyId[]) => proxies.map((proxy) => ({ proxy, rev: this.#push(proxy) })),
        resend: async (proxy: ProxyId, task: string) => this.#deliver(proxy, task),
      },
      lock: {
        acquire: async (service: string, claim: LockClaim) => this.#acquire(service, claim),
        release: async (service: string, rollout: string) => {
          const held = this.#locks.get(service);
          if (held?.rollout === rollout) this.#locks.set(service, { fence: held.fence, deployedAt: held.deployedAt });
        },
      },
      announcer: {
        announce: async (what: Announcement, { id }: Rollout) => void this.announced.push({ what, id }),
      },
      now: () => this.now,
    };
  }

  readonly #ecsPort = {
    describe: async (_: string, deployment: string) => this.deployments.get(deployment),
    proceed: async ({ arn, awaitingHook }: ServiceDeployment) => {
      if (awaitingHook !== undefined) this.#end(arn, 'successful', 'CONTINUE');
    },
    rollBack: async ({ arn, status, awaitingHook }: ServiceDeployment) => {
      if (status !== 'inProgress') return status !== 'successful';
      this.#end(arn, 'rollingBack', awaitingHook === undefined ? 'STOP ROLLBACK' : 'ROLLBACK');
      return true;
    },
    redeploy: async (_: string, __: string, ___: string, taskDefinition: string) =>
      this.ecs.push(`UPDATE ${taskDefinition}`) > 0,
    previousTaskDefinition: async () => 'orders:before',
    stopTask: async (_: string, task: string) => {
      this.ecs.push(`STOP TASK ${task}`);
      for (const one of this.tasks) if (one.task === task) one.wanted = false;
      await this.wakeWaiting(front);
    },
  };

  get #wakePorts() {
    return {
      rollouts: this.store,
      sidecars: this.sidecars,
      evidence: this.evidenceStore,
      callbacks: {
        succeed: async (token: string, outcome: Outcome) => {
          for (const execution of this.executions.values()) if (execution.succeed(token, outcome)) return;
        },
      },
      now: () => this.now,
    };
  }

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
    if (first !== undefined && (soonest === undefined || first.at <= soonest.at)) {
      this.#agenda.shift();
      return first;
    }
    return soonest;
  }

  #push(proxy: ProxyId): number {
    const key = proxyName(proxy);
    const state = JSON.stringify(this.splits.get(proxyName(orders))?.split);
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
    this.at(task.ackDelayMs, async () => {
      if (task.rejects) task.rejected = { rev, type: 'Cluster', text: 'no such thing' };
      else if (rev > task.appliedRev) Object.assign(task, { appliedRev: rev, ackedAt: this.now });
      await this.wakeWaiting(proxy);
    });
  }

  #acquire(service: string, { rollout, deployedAt, above }: LockClaim): LockAnswer {
    const held = this.#locks.get(service) ?? { fence: 0, deployedAt: 0 };
    if (held.rollout === rollout) return { kind: 'acquired', fence: held.fence };
    if (held.deployedAt > deployedAt) return { kind: 'newer', rollout: held.rollout ?? '' };
    const fence = Math.max(held.fence, above) + 1;
    this.#locks.set(service, { rollout, fence, deployedAt });
    return { kind: 'acquired', fence, ...(held.rollout === undefined ? {} : { superseded: held.rollout }) };
  }

  #describe(deployment: string, change: Partial<ServiceDeployment>): void {
    const found = this.deployments.get(deployment);
    if (found !== undefined) this.deployments.set(deployment, { ...found, ...change });
  }

  #end(arn: string, status: ServiceDeployment['status'], verb: string): void {
    this.ecs.push(verb);
    for (const [deployment, one] of this.deployments) {
      if (one.arn !== arn) continue;
      const { awaitingHook, ...rest } = one;
      this.deployments.set(deployment, { ...rest, status });
    }
  }

  #patch(id: string, change: Partial<Rollout> | { wait: unknown }): void {
    this.rollouts.set(id, { ...this.rollout(id), ...change } as Rollout);
  }
}
