import type { Mint } from './arns.ts';
import type { Change, ServiceEvent } from './change.ts';
import { advance, nextDeadline } from './deployment.ts';
import { isHealthy, type Plan, type Stop, schedule } from './schedule.ts';
import { activeDeployment, type Revision, revisionOf, type Service, type TaskView } from './state.ts';

/** How quickly the engine restarts what fails. */
export type RestartPolicy = {
  /** Back-off after the first failure in a row, in milliseconds; it doubles with each further one. */
  firstDelayMs: number;
  /** ECS's service throttle reaches minutes; locally a minute is already too long to watch. */
  maxDelayMs: number;
  /** Failures in a row after which SERVICE_TASK_START_IMPAIRED is sent. */
  impairedAfter: number;
};

/** Everything a decision depends on besides the service and its tasks. */
export type Surroundings = { now: number; mint: Mint; minuteMs: number; restart: RestartPolicy };

/** The service after the decision, what to tell the world, what to start and stop, and when to decide again. */
export type Decision = {
  service: Service;
  events: ServiceEvent[];
  starts: Plan['starts'];
  stops: Stop[];
  wakeAt?: number;
};

/** Applies `change` to a copy of the service; the input is not touched. */
export function changed(
  service: Service,
  tasks: readonly TaskView[],
  surroundings: Surroundings,
  change: (change: Change) => void,
): { service: Service; events: ServiceEvent[] } {
  const events: ServiceEvent[] = [];
  const copy = structuredClone(service);
  change({ service: copy, tasks, ...surroundings, emit: (event) => events.push(structuredClone(event)) });
  return { service: copy, events };
}

/** Brings a service forward as far as it goes right now. Pure: same input, same decision. */
export function reconcile(service: Service, tasks: readonly TaskView[], surroundings: Surroundings): Decision {
  let plan: Plan = { starts: [], stops: [] };
  let unhealthy: Stop[] = [];
  let deadline: number | undefined;
  const outcome = changed(service, tasks, surroundings, (change) => {
    forgetFailures(change);
    unhealthy = failUnhealthy(change, surroundings.restart);
    const kept = change.tasks.filter((task) => !unhealthy.some((stop) => stop.task === task.id));
    const rest: Change = { ...change, tasks: kept };
    while (advance(rest)) {}
    plan = schedule(rest.service, kept, change.now);
    deadline = earliest([plan.wakeAt, nextDeadline(rest), nextHealthy(kept, change.now)]);
    noteSteadiness(rest, plan);
  });
  return {
    ...outcome,
    starts: plan.starts,
    stops: [...unhealthy, ...plan.stops],
    ...(deadline !== undefined && { wakeAt: deadline }),
  };
}

/** Counts a task that failed to start, exited, or turned unhealthy, and delays the revision's next start. */
export function recordFailure(change: Change, id: string, restart: RestartPolicy): void {
  const revision = revisionOf(change.service, id);
  revision.failedTasks += 1;
  revision.crashes += 1;
  revision.lastFailureAt = change.now;
  revision.retryAt = change.now + Math.min(restart.maxDelayMs, restart.firstDelayMs * 2 ** (revision.crashes - 1));
  if (revision.crashes < restart.impairedAfter || revision.impaired) return;
  revision.impaired = true;
  change.emit({ kind: 'action', name: 'SERVICE_TASK_START_IMPAIRED' });
}

/** A task that became healthy after the last failure ends the run of failures. */
function forgetFailures({ service, tasks, now }: Change): void {
  for (const revision of service.revisions) {
    if (revision.crashes === 0 && revision.failedTasks === 0) continue;
    if (!recovered(revision, tasks, now)) continue;
    revision.crashes = 0;
    revision.impaired = false;
    if (resetsOnHealthyTask(service, revision)) revision.failedTasks = 0;
  }
}

function recovered(revision: Revision, tasks: readonly TaskView[], now: number): boolean {
  return tasks.some(
    (task) => task.revision === revision.id && isHealthy(task, now) && (task.healthyAt ?? 0) > revision.lastFailureAt,
  );
}

function resetsOnHealthyTask(service: Service, revision: Revision): boolean {
  const deployment = activeDeployment(service);
  if (deployment?.target !== revision.id) return true;
  return deployment.configuration.deploymentCircuitBreaker?.resetOnHealthyTask ?? true;
}

function failUnhealthy(change: Change, restart: RestartPolicy): Stop[] {
  const unhealthy = change.tasks.filter((task) => task.unhealthy && task.desired === 'RUNNING');
  for (const task of unhealthy) recordFailure(change, task.revision, restart);
  return unhealthy.map((task) => ({ task: task.id, reason: 'Task failed container health checks' }));
}

function nextHealthy(tasks: readonly TaskView[], now: number): number | undefined {
  return earliest(
    tasks.map((task) => (task.healthyAt !== undefined && task.healthyAt > now ? task.healthyAt : undefined)),
  );
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** SERVICE_STEADY_STATE is sent once each time the service comes to rest with all it wants. */
function noteSteadiness(change: Change, plan: Plan): void {
  const { service, tasks, now } = change;
  const alive = tasks.filter((task) => task.desired === 'RUNNING');
  const atRest =
    !activeDeployment(service) && plan.starts.length + plan.stops.length === 0 && plan.wakeAt === undefined;
  const steady =
    atRest &&
    alive.length === service.desiredCount &&
    alive.every((task) => isHealthy(task, now)) &&
    service.status === 'ACTIVE';
  if (steady && !service.steady) change.emit({ kind: 'action', name: 'SERVICE_STEADY_STATE' });
  service.steady = steady;
}
