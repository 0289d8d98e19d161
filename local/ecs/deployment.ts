import type { DeploymentConfiguration } from '@aws-sdk/client-ecs';
import { deploymentIdOf, type Mint } from './arns.ts';
import { healthyCount } from './schedule.ts';
import {
  activeDeployment,
  type Hook,
  type Revision,
  revisionOf,
  type Service,
  type ServiceDeployment,
  type Stage,
  strategyOf,
  type TaskView,
} from './state.ts';

/** What a change to a service tells the world; `events.ts` gives it ECS's shape. */
export type ServiceEvent =
  | {
      kind: 'deployment';
      name: 'SERVICE_DEPLOYMENT_IN_PROGRESS' | 'SERVICE_DEPLOYMENT_COMPLETED' | 'SERVICE_DEPLOYMENT_FAILED';
      revision: string;
      reason: string;
    }
  | { kind: 'hook'; name: string; hook: Hook; deployment: string }
  | { kind: 'action'; name: 'SERVICE_STEADY_STATE' | 'SERVICE_TASK_START_IMPAIRED' };

/** A service under change: the working copy, what it is judged by, and where its events go. */
export type Change = {
  service: Service;
  tasks: readonly TaskView[];
  now: number;
  mint: Mint;
  /** Milliseconds of one minute of `timeoutInMinutes` and `bakeTimeInMinutes`; 60 000 but under test. */
  minuteMs: number;
  emit(event: ServiceEvent): void;
};

/** Blue/green stages in ECS's order; RECONCILE_SERVICE is entered only when more than one revision is active. */
const STAGES: readonly Stage[] = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
  'BAKE_TIME',
  'CLEAN_UP',
];

/** ECS's default hook timeout, 24 hours (API_DeploymentLifecycleHookTimeoutConfiguration). */
const DEFAULT_HOOK_MINUTES = 1440;

/** A revision nothing has run of yet. */
export function newRevision(id: string, taskDefinitionArn: string, now: number): Revision {
  return {
    id,
    taskDefinitionArn,
    createdAt: now,
    updatedAt: now,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${deploymentIdOf(id)} in progress.`,
    failedTasks: 0,
    crashes: 0,
    lastFailureAt: 0,
    retryAt: 0,
    impaired: false,
  };
}

/**
 * Starts deploying `taskDefinitionArn`. A deployment still in progress goes STOP_REQUESTED → STOPPED, as ECS documents
 * for "a user starts a new service deployment"; its open hooks end FAILED (ECS documents no status for that).
 */
export function beginDeployment(change: Change, taskDefinitionArn: string): ServiceDeployment {
  const { service, now, mint } = change;
  const superseded = activeDeployment(service);
  if (superseded) stop(change, superseded, 'Service deployment was stopped because a newer one started.');
  const revision = newRevision(mint.revision(), taskDefinitionArn, now);
  const breaker = service.configuration.deploymentCircuitBreaker?.enable ? 'MONITORING' : 'DISABLED';
  const deployment: ServiceDeployment = {
    id: mint.deployment(),
    status: 'IN_PROGRESS',
    createdAt: now,
    startedAt: now,
    updatedAt: now,
    sources: liveRevisions(change),
    target: revision.id,
    configuration: structuredClone(service.configuration),
    stageSince: now,
    hooks: [],
    breaker: { status: breaker, failures: 0 },
  };
  service.revisions.push(revision);
  service.deployments.push(deployment);
  service.primary = revision.id;
  emitDeployment(change, 'SERVICE_DEPLOYMENT_IN_PROGRESS', revision);
  return deployment;
}

/** Ends a deployment where it stands (StopServiceDeployment ABORT, superseding): its tasks stay as they are. */
export function stop(change: Change, deployment: ServiceDeployment, reason: string): void {
  failOpenHooks(change, deployment);
  touch(change, deployment, 'STOPPED', reason);
  deployment.stoppedAt = change.now;
}

/**
 * Starts going back to the last revision that was deployed successfully. BLUE_GREEN returns to blue's running tasks;
 * ROLLING mints a new revision of the old task definition and rolls to it, which is how ECS comes to relaunch tasks.
 * Without such a revision the deployment ends ROLLBACK_FAILED and its tasks are stopped.
 */
export function rollBack(change: Change, deployment: ServiceDeployment, reason: string, announced: string): void {
  const { service, now } = change;
  failOpenHooks(change, deployment);
  const failed = revisionOf(service, deployment.target);
  if (failed.rolloutState !== 'FAILED') settleRevision(failed, 'FAILED', reason, now);
  if (!service.stable) {
    touch(change, deployment, 'ROLLBACK_FAILED', 'No rollback candidate was found to run the rollback.');
    deployment.finishedAt = now;
    return;
  }
  const stable = revisionOf(service, service.stable);
  const back = strategyOf(deployment.configuration) === 'ROLLING' ? relaunch(change, stable) : stable;
  back.rolloutState = 'IN_PROGRESS';
  back.rolloutStateReason = `${announced}: rolling back to deploymentId ${deploymentIdOf(stable.id)}.`;
  deployment.rollback = { reason, startedAt: now, revision: back.id };
  service.primary = back.id;
  touch(change, deployment, 'ROLLBACK_IN_PROGRESS', reason);
  emitDeployment(change, 'SERVICE_DEPLOYMENT_IN_PROGRESS', back);
}

/** Moves the active deployment one step; false when it has to wait. Call until false. */
export function advance(change: Change): boolean {
  const deployment = activeDeployment(change.service);
  if (!deployment || change.service.status !== 'ACTIVE') return false;
  if (deployment.rollback) return finishRollback(change, deployment, deployment.rollback.revision);
  if (breakerTripped(change, deployment)) return true;
  return strategyOf(deployment.configuration) === 'ROLLING'
    ? finishRolling(change, deployment)
    : advanceStage(change, deployment);
}

/** The next moment something happens by itself: a hook's timeout or the end of the bake. */
export function nextDeadline(change: Change): number | undefined {
  const deployment = activeDeployment(change.service);
  if (!deployment || deployment.rollback) return undefined;
  const deadlines = deployment.hooks.filter((hook) => hook.status === 'AWAITING_ACTION').map((hook) => hook.expiresAt);
  if (deployment.stage === 'BAKE_TIME') deadlines.push(bakeEnd(change, deployment));
  return deadlines.length > 0 ? Math.min(...deadlines) : undefined;
}

/** Failures at which the circuit breaker trips: by default half the desired count, at least 3, at most 200. */
export function breakerThreshold(configuration: DeploymentConfiguration, desiredCount: number): number {
  const { type = 'BOUNDED_PERCENT', value = 50 } = configuration.deploymentCircuitBreaker?.thresholdConfiguration ?? {};
  if (type === 'COUNT') return value;
  const share = Math.max(1, Math.ceil((desiredCount * value) / 100));
  return type === 'UNBOUNDED_PERCENT' ? share : Math.min(200, Math.max(3, share));
}

/** Records what ContinueServiceDeployment or the timeout decided; a ROLLBACK takes the whole deployment back. */
export function resolveHook(
  change: Change,
  deployment: ServiceDeployment,
  hook: Hook,
  status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT',
): void {
  hook.status = status;
  deployment.updatedAt = change.now;
  change.emit({ kind: 'hook', name: `HOOK_${status}`, hook, deployment: deployment.id });
  const failed = status === 'FAILED' || (status === 'TIMED_OUT' && hook.timeoutAction === 'ROLLBACK');
  if (!failed) return;
  const verb = status === 'TIMED_OUT' ? 'timed out' : 'failed';
  const reason = `Service deployment rolled back because ${hook.stage} lifecycle hook(s) ${verb}.`;
  rollBack(change, deployment, reason, 'ECS deployment lifecycle hook');
}

/** The stable revision first, then every other revision that still has a task. */
function liveRevisions({ service, tasks }: Change): string[] {
  const live = new Set(tasks.filter((task) => task.desired === 'RUNNING').map((task) => task.revision));
  const others = service.revisions.map((revision) => revision.id).filter((id) => live.has(id) && id !== service.stable);
  return service.stable ? [service.stable, ...others] : others.reverse();
}

function relaunch({ service, mint, now }: Change, stable: Revision): Revision {
  const revision = newRevision(mint.revision(), stable.taskDefinitionArn, now);
  service.revisions.push(revision);
  return revision;
}

function failOpenHooks(change: Change, deployment: ServiceDeployment): void {
  for (const hook of deployment.hooks) {
    if (hook.status !== 'AWAITING_ACTION') continue;
    hook.status = 'FAILED';
    change.emit({ kind: 'hook', name: 'HOOK_FAILED', hook, deployment: deployment.id });
  }
}

function breakerTripped(change: Change, deployment: ServiceDeployment): boolean {
  const { service } = change;
  const breaker = deployment.configuration.deploymentCircuitBreaker;
  if (!breaker?.enable) return false;
  const target = revisionOf(service, deployment.target);
  deployment.breaker.failures = target.failedTasks;
  if (target.failedTasks < breakerThreshold(deployment.configuration, service.desiredCount)) return false;
  deployment.breaker.status = 'TRIGGERED';
  settleRevision(target, 'FAILED', 'ECS deployment circuit breaker: tasks failed to start.', change.now);
  emitDeployment(change, 'SERVICE_DEPLOYMENT_FAILED', target);
  const reason = 'Service deployment rolled back because the circuit breaker threshold was exceeded.';
  if (breaker.rollback) rollBack(change, deployment, reason, 'ECS deployment circuit breaker');
  else stop(change, deployment, 'Service deployment stopped because the circuit breaker threshold was exceeded.');
  return true;
}

function finishRolling(change: Change, deployment: ServiceDeployment): boolean {
  if (!isAlone(change, deployment.target)) return false;
  succeed(change, deployment, deployment.target);
  touch(change, deployment, 'SUCCESSFUL');
  return true;
}

function finishRollback(change: Change, deployment: ServiceDeployment, revision: string): boolean {
  if (!isAlone(change, revision)) return false;
  succeed(change, deployment, revision);
  touch(change, deployment, 'ROLLBACK_SUCCESSFUL');
  return true;
}

/** Whether exactly the desired count of this revision runs, healthy, and every other task has stopped. */
function isAlone({ service, tasks, now }: Change, revision: string): boolean {
  const rest = tasks.filter((task) => !task.stopped && !(task.revision === revision && task.desired === 'RUNNING'));
  const own = tasks.filter((task) => task.revision === revision && task.desired === 'RUNNING');
  const { desiredCount } = service;
  return rest.length === 0 && own.length === desiredCount && healthyCount(tasks, revision, now) === desiredCount;
}

function succeed(change: Change, deployment: ServiceDeployment, id: string): void {
  const { service, now } = change;
  const revision = revisionOf(service, id);
  settleRevision(revision, 'COMPLETED', `ECS deployment ${deploymentIdOf(id)} completed.`, now);
  if (deployment.breaker.status === 'MONITORING') deployment.breaker.status = 'MONITORING_COMPLETE';
  service.stable = id;
  service.primary = id;
  deployment.finishedAt = now;
  emitDeployment(change, 'SERVICE_DEPLOYMENT_COMPLETED', revision);
}

function advanceStage(change: Change, deployment: ServiceDeployment): boolean {
  expireHooks(change, deployment);
  if (deployment.rollback || activeDeployment(change.service) !== deployment) return true;
  if (deployment.stage && !stageDone(change, deployment)) return false;
  const next = stageAfter(deployment);
  if (next) {
    enterStage(change, deployment, next);
    return true;
  }
  succeed(change, deployment, deployment.target);
  touch(change, deployment, 'SUCCESSFUL');
  return true;
}

function stageAfter(deployment: ServiceDeployment): Stage | undefined {
  if (!deployment.stage) return deployment.sources.length > 1 ? 'RECONCILE_SERVICE' : 'PRE_SCALE_UP';
  return STAGES[STAGES.indexOf(deployment.stage) + 1];
}

function enterStage(change: Change, deployment: ServiceDeployment, stage: Stage): void {
  const { now, minuteMs, mint } = change;
  deployment.stage = stage;
  deployment.stageSince = now;
  deployment.updatedAt = now;
  for (const configured of deployment.configuration.lifecycleHooks ?? []) {
    if (!configured.lifecycleStages?.some((hooked) => hooked === stage)) continue;
    const timeout = configured.timeoutConfiguration;
    const hook: Hook = {
      id: mint.hook(),
      stage,
      status: 'AWAITING_ACTION',
      expiresAt: now + (timeout?.timeoutInMinutes ?? DEFAULT_HOOK_MINUTES) * minuteMs,
      timeoutAction: timeout?.action ?? 'ROLLBACK',
    };
    deployment.hooks.push(hook);
    change.emit({ kind: 'hook', name: 'HOOK_AWAITING_ACTION', hook, deployment: deployment.id });
  }
}

function stageDone(change: Change, deployment: ServiceDeployment): boolean {
  const { service, tasks, now } = change;
  if (deployment.hooks.some((hook) => hook.status === 'AWAITING_ACTION')) return false;
  switch (deployment.stage) {
    case 'RECONCILE_SERVICE':
      return tasks.every((task) => task.stopped || task.revision === deployment.sources[0]);
    case 'SCALE_UP':
      return healthyCount(tasks, deployment.target, now) >= service.desiredCount;
    case 'BAKE_TIME':
      return now >= bakeEnd(change, deployment);
    case 'CLEAN_UP':
      return isAlone(change, deployment.target);
    default:
      return true;
  }
}

function bakeEnd({ minuteMs }: Change, deployment: ServiceDeployment): number {
  return deployment.stageSince + (deployment.configuration.bakeTimeInMinutes ?? 0) * minuteMs;
}

function expireHooks(change: Change, deployment: ServiceDeployment): void {
  for (const hook of deployment.hooks) {
    if (hook.status === 'AWAITING_ACTION' && hook.expiresAt <= change.now)
      resolveHook(change, deployment, hook, 'TIMED_OUT');
  }
}

function settleRevision(revision: Revision, state: Revision['rolloutState'], reason: string, now: number): void {
  revision.rolloutState = state;
  revision.rolloutStateReason = reason;
  revision.updatedAt = now;
}

function touch(change: Change, deployment: ServiceDeployment, status: ServiceDeployment['status'], reason?: string) {
  deployment.status = status;
  deployment.updatedAt = change.now;
  if (reason) deployment.statusReason = reason;
}

function emitDeployment(
  change: Change,
  name: Extract<ServiceEvent, { kind: 'deployment' }>['name'],
  revision: Revision,
): void {
  change.emit({ kind: 'deployment', name, revision: revision.id, reason: revision.rolloutStateReason });
}
