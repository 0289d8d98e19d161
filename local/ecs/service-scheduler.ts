import type { Arns } from './arns.ts';
import type { Change, ServiceEvent } from './change.ts';
import { stop as stopDeployment } from './deployment-outcome.ts';
import type { EventPublisher } from './event-publisher.ts';
import { placementFailure, serviceEvents, taskStateChange } from './events.ts';
import { changed, reconcile, recordFailure, type Surroundings } from './reconcile.ts';
import type { Registry } from './registry.ts';
import { activeDeployment, failedByItself, type Service, type TaskRecord, type TaskView } from './state.ts';

/** What the scheduler acts through. */
export type SchedulerPorts = {
  arns: Arns;
  registry: Registry;
  publisher: EventPublisher;
  surroundings: Omit<Surroundings, 'now'>;
  now(): number;
  /** Starts a task of the service's revision. */
  startTask(service: Service, revision: string): void;
};

/** Applies the pure decisions of `reconcile` to the world, one service at a time, whenever something changed. */
export class ServiceScheduler {
  readonly #ports: SchedulerPorts;
  readonly #due = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #counted = new WeakSet<TaskRecord>();
  #closed = false;

  constructor(ports: SchedulerPorts) {
    this.#ports = ports;
  }

  /** Changes a service, publishes what that means, and reconciles it soon. Returns the service as changed. */
  change(service: Service, change: (change: Change) => void): Service {
    const outcome = changed(service, this.#views(service), this.#surroundings(), change);
    this.#store(outcome);
    this.#reconcileSoon(outcome.service);
    return outcome.service;
  }

  /** To be told every change of a task's record. */
  taskChanged(task: TaskRecord): void {
    this.#ports.publisher.publish([taskStateChange(this.#ports.arns, task)]);
    const service = this.#serviceOf(task);
    if (!service) return;
    this.#countFailure(service, task);
    this.#reconcileSoon(this.#serviceOf(task) ?? service);
  }

  /** To be told when a task's health changed. */
  healthChanged(task: TaskRecord): void {
    const service = this.#serviceOf(task);
    if (service) this.#reconcileSoon(service);
  }

  /** Ends scheduling: nothing is started or stopped any more. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #serviceOf({ cluster, service }: TaskRecord): Service | undefined {
    return service === undefined ? undefined : this.#ports.registry.findService(cluster, service);
  }

  #countFailure(service: Service, task: TaskRecord): void {
    const { revision } = task;
    if (revision === undefined || !failedByItself(task) || this.#counted.has(task)) return;
    this.#counted.add(task);
    const { restart } = this.#ports.surroundings;
    this.#store(
      changed(service, this.#views(service), this.#surroundings(), (change) =>
        recordFailure(change, revision, restart),
      ),
    );
    if (task.address !== undefined) return;
    this.#ports.publisher.publish([placementFailure(this.#ports.arns, service, this.#ports.now())]);
  }

  #reconcileSoon({ cluster, name }: Service): void {
    const key = `${cluster}/${name}`;
    if (this.#closed || this.#due.has(key)) return;
    this.#due.add(key);
    setImmediate(() => {
      this.#due.delete(key);
      const service = this.#ports.registry.findService(cluster, name);
      if (service && !this.#closed) this.#reconcile(service, key);
    });
  }

  #reconcile(service: Service, key: string): void {
    const { registry, now, startTask } = this.#ports;
    registry.forgetOldTasks(now());
    const decision = reconcile(service, this.#views(service), this.#surroundings());
    this.#store(decision);
    for (const { task, reason } of decision.stops) registry.tasks.get(task)?.stop('ServiceSchedulerInitiated', reason);
    for (const { revision, count } of decision.starts) {
      for (let started = 0; started < count; started++) startTask(decision.service, revision);
    }
    this.#wakeAt(decision.service, key, decision.wakeAt);
    this.#finishDraining(decision.service);
  }

  #wakeAt(service: Service, key: string, at: number | undefined): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    if (at === undefined) return;
    // Longer delays overflow setTimeout; waking early only means looking once more.
    const delay = Math.min(Math.max(1, at - this.#ports.now()), 2 ** 31 - 1);
    this.#timers.set(
      key,
      setTimeout(() => this.#reconcileSoon(service), delay),
    );
  }

  /** A deleted service is DRAINING until its last task has stopped. */
  #finishDraining(service: Service): void {
    if (service.status !== 'DRAINING') return;
    const left = this.#ports.registry.tasksOf(service).some(({ record }) => record.lastStatus !== 'STOPPED');
    if (!left) this.#ports.registry.putService({ ...service, status: 'INACTIVE' });
  }

  #store({ service, events }: { service: Service; events: ServiceEvent[] }): void {
    const { registry, publisher, arns, now } = this.#ports;
    registry.putService(service);
    publisher.publish(events.flatMap((event) => serviceEvents(arns, service, event, now())));
  }

  #views(service: Service): TaskView[] {
    return this.#ports.registry.tasksOf(service).map(({ record }) => viewOf(record));
  }

  #surroundings(): Surroundings {
    return { ...this.#ports.surroundings, now: this.#ports.now() };
  }
}

/** DeleteService: whatever is being deployed stops, and every task goes. */
export function drain(change: Change): void {
  const deployment = activeDeployment(change.service);
  if (deployment) stopDeployment(change, deployment, 'Service deployment was stopped because the service was deleted.');
  change.service.desiredCount = 0;
  change.service.status = 'DRAINING';
}

function viewOf(task: TaskRecord): TaskView {
  const unhealthy = task.containers.some(
    ({ definition, health }) => (definition.essential ?? true) && health === 'UNHEALTHY',
  );
  return {
    id: task.id,
    revision: task.revision ?? '',
    desired: task.desiredStatus,
    stopped: task.lastStatus === 'STOPPED',
    unhealthy,
    ...(task.healthyAt !== undefined && { healthyAt: task.healthyAt }),
  };
}
