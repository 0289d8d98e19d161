import {
  activeDeployment,
  revisionOf,
  type Service,
  type ServiceDeployment,
  strategyOf,
  type TaskView,
} from './state.ts';

/** Why the scheduler stops a task; ECS words these reasons so. */
export type Stop = { task: string; reason: string };

/** What to start and stop now, and when to look again. */
export type Plan = { starts: { revision: string; count: number }[]; stops: Stop[]; wakeAt?: number };

/** How many tasks a revision should run; `keep` neither starts nor stops any. */
export type Goals = ReadonlyMap<string, number | 'keep'>;

/** Stages in which green's tasks do not run yet. */
const BEFORE_SCALE_UP = new Set<string | undefined>([undefined, 'RECONCILE_SERVICE', 'PRE_SCALE_UP']);

/**
 * Decides which tasks to start and stop for a service as it stands. Pure and level-triggered: it looks at what is, not
 * at what happened, so calling it twice, late, or after lost notifications never over- or under-schedules.
 */
export function schedule(service: Service, tasks: readonly TaskView[], now: number): Plan {
  const alive = tasks.filter((task) => task.desired === 'RUNNING');
  const deployment = activeDeployment(service);
  const rolling = deployment && service.status === 'ACTIVE' && strategyOf(deployment.configuration) === 'ROLLING';
  const plan = rolling
    ? roll(service, deployment.rollback?.revision ?? deployment.target, alive, now)
    : scale(goalsOf(service, deployment, tasks, now), alive, now);
  return throttled(service, plan, now);
}

/** Whether a task counts towards the healthy tasks of its revision. */
export function isHealthy(task: TaskView, now: number): boolean {
  return task.desired === 'RUNNING' && task.healthyAt !== undefined && task.healthyAt <= now;
}

/** Healthy tasks of one revision. */
export function healthyCount(tasks: readonly TaskView[], revision: string, now: number): number {
  return tasks.filter((task) => task.revision === revision && isHealthy(task, now)).length;
}

/** Wanted task counts outside a rolling update; a revision without an entry is wanted at 0. */
function goalsOf(
  service: Service,
  deployment: ServiceDeployment | undefined,
  tasks: readonly TaskView[],
  now: number,
): Goals {
  if (service.status !== 'ACTIVE') return new Map();
  if (!deployment) return goalsAtRest(service, tasks, now);
  return deployment.rollback
    ? goalsOfBlueGreenRollback(service, deployment, deployment.rollback.revision, tasks, now)
    : goalsOfBlueGreen(service, deployment);
}

function goalsAtRest(service: Service, tasks: readonly TaskView[], now: number): Goals {
  const last = service.deployments.at(-1);
  const goals = new Map<string, number | 'keep'>();
  if (last?.status === 'STOPPED') {
    const kept = strategyOf(last.configuration) === 'ROLLING' ? healthyCount(tasks, last.target, now) : 0;
    goals.set(last.target, 'keep');
    if (service.stable) goals.set(service.stable, Math.max(0, service.desiredCount - kept));
  } else if (last?.status === 'ROLLBACK_FAILED') {
    for (const source of last.sources) goals.set(source, 'keep');
  } else if (service.stable) {
    goals.set(service.stable, service.desiredCount);
  }
  return goals;
}

function goalsOfBlueGreen(service: Service, deployment: ServiceDeployment): Goals {
  const goals = new Map<string, number | 'keep'>();
  const [blue] = deployment.sources;
  if (blue && deployment.stage !== 'CLEAN_UP') goals.set(blue, blue === service.stable ? service.desiredCount : 'keep');
  if (!BEFORE_SCALE_UP.has(deployment.stage)) goals.set(deployment.target, service.desiredCount);
  return goals;
}

/** Green goes only once blue is whole, so that a rollback during clean-up loses no capacity either. */
function goalsOfBlueGreenRollback(
  service: Service,
  deployment: ServiceDeployment,
  blue: string,
  tasks: readonly TaskView[],
  now: number,
): Goals {
  const goals = new Map<string, number | 'keep'>([[blue, service.desiredCount]]);
  if (healthyCount(tasks, blue, now) < service.desiredCount) goals.set(deployment.target, 'keep');
  return goals;
}

function scale(goals: Goals, alive: readonly TaskView[], now: number): Plan {
  const plan: Plan = { starts: [], stops: [] };
  for (const revision of new Set([...goals.keys(), ...alive.map((task) => task.revision)])) {
    const goal = goals.get(revision) ?? 0;
    if (goal === 'keep') continue;
    const own = alive.filter((task) => task.revision === revision);
    if (own.length < goal) plan.starts.push({ revision, count: goal - own.length });
    plan.stops.push(...excess(own, goal, now));
  }
  return plan;
}

/**
 * One step of a rolling update between `minimumHealthyPercent` (rounded up) and `maximumPercent` (rounded down) of the
 * desired count. Old tasks that are not healthy serve nobody and go at once.
 */
function roll(service: Service, target: string, alive: readonly TaskView[], now: number): Plan {
  const { desiredCount, configuration } = service;
  const floor = Math.min(desiredCount, Math.ceil((desiredCount * (configuration.minimumHealthyPercent ?? 100)) / 100));
  const ceiling = Math.floor((desiredCount * (configuration.maximumPercent ?? 200)) / 100);
  const fresh = alive.filter((task) => task.revision === target);
  const old = alive.filter((task) => task.revision !== target);
  const missing = Math.max(0, desiredCount - fresh.length);
  const start = Math.min(missing, Math.max(0, ceiling - alive.length));
  const healthy = alive.filter((task) => isHealthy(task, now)).length;
  const useless = old.filter((task) => !isHealthy(task, now));
  const wanted = Math.max(healthy - desiredCount, missing - start - useless.length);
  const spare = Math.max(0, Math.min(wanted, healthy - floor));
  const surplus = old.filter((task) => isHealthy(task, now)).slice(0, spare);
  const stops = [...useless, ...surplus].map((task) => scalingStop(task));
  return {
    starts: start > 0 ? [{ revision: target, count: start }] : [],
    stops: [...stops, ...excess(fresh, desiredCount, now)],
  };
}

/** Tasks above `goal`: those that are not healthy first, then the oldest. */
function excess(own: readonly TaskView[], goal: number, now: number): Stop[] {
  const byUse = [...own].sort((a, b) => Number(isHealthy(a, now)) - Number(isHealthy(b, now)));
  return byUse.slice(0, Math.max(0, own.length - goal)).map(scalingStop);
}

function scalingStop(task: TaskView): Stop {
  return {
    task: task.id,
    reason: `Scaling activity initiated by (deployment ecs-svc/${task.revision})`,
  };
}

/** Holds back revisions whose tasks keep failing, as the service throttle does. */
function throttled(service: Service, plan: Plan, now: number): Plan {
  const later = plan.starts.map(({ revision }) => revisionOf(service, revision).retryAt).filter((at) => at > now);
  const starts = plan.starts.filter(({ revision }) => revisionOf(service, revision).retryAt <= now);
  return { starts, stops: plan.stops, ...(later.length > 0 && { wakeAt: Math.min(...later) }) };
}
