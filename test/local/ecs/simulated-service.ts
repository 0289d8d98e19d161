import type { DeploymentConfiguration } from '@aws-sdk/client-ecs';
import type { Mint } from '../../../local/ecs/arns.ts';
import type { Change, ServiceEvent } from '../../../local/ecs/change.ts';
import { beginDeployment } from '../../../local/ecs/deployment.ts';
import { mergedConfiguration } from '../../../local/ecs/deployment-configuration.ts';
import { rollBack, stop } from '../../../local/ecs/deployment-outcome.ts';
import { resolveHook } from '../../../local/ecs/lifecycle-stages.ts';
import { changed, type Decision, reconcile, recordFailure, type Surroundings } from '../../../local/ecs/reconcile.ts';
import { activeDeployment, type Service, type ServiceDeployment, type TaskView } from '../../../local/ecs/state.ts';

/** What one reconciliation looked at and decided, for checking rules that must hold at every step. */
export type Step = { before: Service; tasks: readonly TaskView[]; decision: Decision; now: number };

/** A service with tasks that exist only as data: whatever the engine would do to processes happens at once. */
export class SimulatedService {
  service: Service;
  tasks: TaskView[] = [];
  now = 1_000_000;
  readonly events: ServiceEvent[] = [];
  readonly steps: Step[] = [];
  #ids = 0;

  constructor(configuration: DeploymentConfiguration, desiredCount = 2) {
    this.service = {
      name: 'orders',
      cluster: 'shop',
      status: 'ACTIVE',
      desiredCount,
      configuration: { strategy: 'ROLLING', minimumHealthyPercent: 100, maximumPercent: 200, ...configuration },
      revisions: [],
      deployments: [],
      primary: '',
      createdAt: this.now,
      steady: false,
      echo: {},
    };
  }

  get deployment(): ServiceDeployment {
    const last = this.service.deployments.at(-1);
    if (!last) throw new Error('Nothing was deployed yet.');
    return last;
  }

  /** Revisions of the tasks that should run, sorted: `['1', '1']` are two tasks of revision 1. */
  get running(): string[] {
    return this.alive.map((task) => task.revision).sort();
  }

  get alive(): TaskView[] {
    return this.tasks.filter((task) => task.desired === 'RUNNING');
  }

  deploy(taskDefinition = 'orders:1'): void {
    this.change((change) => void beginDeployment(change, taskDefinition));
  }

  scale(desiredCount: number): void {
    this.change((change) => {
      change.service.desiredCount = desiredCount;
    });
  }

  /** UpdateService with a deployment configuration: it takes effect with the next deployment. */
  configure(given: DeploymentConfiguration): void {
    this.change((change) => {
      change.service.configuration = mergedConfiguration(change.service.configuration, given);
    });
  }

  resolveHook(status: 'SUCCEEDED' | 'FAILED'): void {
    this.change((change) => {
      const deployment = activeDeployment(change.service);
      const hook = deployment?.hooks.find((one) => one.status === 'AWAITING_ACTION');
      if (deployment && hook) resolveHook(change, deployment, hook, status);
    });
  }

  stopDeployment(type: 'ROLLBACK' | 'ABORT'): void {
    this.change((change) => {
      const deployment = activeDeployment(change.service);
      if (!deployment || deployment.rollback) return;
      if (type === 'ROLLBACK') rollBack(change, deployment, 'stopped', 'ECS deployment stopped by user');
      else stop(change, deployment, 'aborted');
    });
  }

  /** The task ends by itself, as a crash or a failed start. */
  crash(id: string): void {
    const task = this.tasks.find((one) => one.id === id && one.desired === 'RUNNING');
    if (!task) return;
    Object.assign(task, { desired: 'STOPPED', stopped: true });
    delete task.healthyAt;
    this.change((change) => recordFailure(change, task.revision, this.#surroundings().restart));
  }

  /** Everything started so far runs and is healthy; everything told to stop has stopped. */
  progress(): void {
    for (const task of this.tasks) {
      if (task.desired === 'STOPPED') task.stopped = true;
      else if (!task.unhealthy) task.healthyAt ??= this.now;
    }
  }

  reconcile(): Decision {
    const tasks = structuredClone(this.tasks);
    const before = deepFreeze(structuredClone(this.service));
    const decision = reconcile(before, deepFreeze(tasks), this.#surroundings());
    this.steps.push({ before, tasks, decision, now: this.now });
    this.service = decision.service;
    this.events.push(...decision.events);
    for (const { task } of decision.stops) this.#stopTask(task);
    for (const { revision, count } of decision.starts) {
      for (let started = 0; started < count; started++) this.#startTask(revision);
    }
    return decision;
  }

  /** Lets time and tasks go on until nothing happens by itself any more. Open hooks stay open. */
  settle(limit = 200): void {
    for (let round = 0; round < limit; round++) {
      const state = JSON.stringify([this.service, this.tasks]);
      const { wakeAt } = this.reconcile();
      this.progress();
      if (JSON.stringify([this.service, this.tasks]) !== state) continue;
      const waits = this.deployment.hooks.some((hook) => hook.status === 'AWAITING_ACTION');
      if (wakeAt === undefined || waits) return;
      this.now = Math.max(this.now + 1, wakeAt);
    }
    throw new Error(`Not settled after ${limit} rounds: ${JSON.stringify(this.service.deployments.at(-1))}`);
  }

  change(change: (change: Change) => void): void {
    const outcome = changed(this.service, this.tasks, this.#surroundings(), change);
    this.service = outcome.service;
    this.events.push(...outcome.events);
  }

  /** Names of the events so far, hooks and deployments and actions alike. */
  get eventNames(): string[] {
    return this.events.map((event) => event.name);
  }

  #startTask(revision: string): void {
    this.tasks.push({
      id: `task-${++this.#ids}`,
      revision,
      desired: 'RUNNING',
      stopped: false,
      unhealthy: false,
    });
  }

  #stopTask(id: string): void {
    const task = this.tasks.find((one) => one.id === id);
    if (!task) throw new Error(`The scheduler stops ${id}, which does not exist.`);
    task.desired = 'STOPPED';
    delete task.healthyAt;
  }

  #surroundings(): Surroundings {
    return {
      now: this.now,
      mint: this.#mint,
      minuteMs: 60_000,
      restart: { firstDelayMs: 100, maxDelayMs: 1_000, impairedAfter: 3 },
    };
  }

  readonly #mint: Mint = {
    revision: () => `${this.service.revisions.length + 1}`,
    deployment: () => `deployment-${this.service.deployments.length + 1}`,
    hook: () => `hook-${++this.#ids}`,
  };
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
