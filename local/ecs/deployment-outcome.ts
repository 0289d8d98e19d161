import { deploymentIdOf } from './arns.ts';
import { announce, type Change, setRollout, setStatus } from './change.ts';
import { healthyCount } from './schedule.ts';
import { type Revision, revisionOf, type ServiceDeployment, strategyOf } from './state.ts';

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
 * Ends a deployment as SUCCESSFUL or ROLLBACK_SUCCESSFUL if nothing but the desired count of `revision` is left,
 * healthy; false if it has to wait.
 */
export function finishWith(change: Change, deployment: ServiceDeployment, id: string): boolean {
  if (!isAlone(change, id)) return false;
  const { service, now } = change;
  const revision = revisionOf(service, id);
  setRollout(change, revision, 'COMPLETED', `ECS deployment ${deploymentIdOf(id)} completed.`);
  if (deployment.breaker.status === 'MONITORING') deployment.breaker.status = 'MONITORING_COMPLETE';
  service.stable = id;
  service.primary = id;
  deployment.finishedAt = now;
  announce(change, 'SERVICE_DEPLOYMENT_COMPLETED', revision);
  setStatus(change, deployment, deployment.rollback ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL');
  return true;
}

/** Ends a deployment where it stands (StopServiceDeployment ABORT, superseding): its tasks stay as they are. */
export function stop(change: Change, deployment: ServiceDeployment, reason: string): void {
  failOpenHooks(change, deployment);
  setStatus(change, deployment, 'STOPPED', reason);
  deployment.stoppedAt = change.now;
}

/**
 * Starts going back to the last revision that was deployed successfully. BLUE_GREEN returns to blue's running tasks;
 * ROLLING mints a new revision of the old task definition and rolls to it, which is how ECS comes to relaunch tasks.
 * Without such a revision the deployment ends ROLLBACK_FAILED and its tasks are stopped. `announced` begins the reason
 * that DescribeServices and the IN_PROGRESS event give.
 */
export function rollBack(change: Change, deployment: ServiceDeployment, reason: string, announced: string): void {
  const { service, now } = change;
  failOpenHooks(change, deployment);
  const failed = revisionOf(service, deployment.target);
  if (failed.rolloutState !== 'FAILED') setRollout(change, failed, 'FAILED', reason);
  if (!service.stable) {
    setStatus(change, deployment, 'ROLLBACK_FAILED', 'No rollback candidate was found to run the rollback.');
    deployment.finishedAt = now;
    return;
  }
  const stable = revisionOf(service, service.stable);
  const back = strategyOf(deployment.configuration) === 'ROLLING' ? relaunch(change, stable) : stable;
  setRollout(change, back, 'IN_PROGRESS', `${announced}: rolling back to deploymentId ${deploymentIdOf(stable.id)}.`);
  deployment.rollback = { reason, startedAt: now, revision: back.id };
  service.primary = back.id;
  setStatus(change, deployment, 'ROLLBACK_IN_PROGRESS', reason);
  announce(change, 'SERVICE_DEPLOYMENT_IN_PROGRESS', back);
}

/** Whether exactly the desired count of this revision runs, healthy, and every other task has stopped. */
function isAlone({ service, tasks, now }: Change, revision: string): boolean {
  const present = tasks.filter((task) => !task.stopped);
  const own = present.filter((task) => task.revision === revision && task.desired === 'RUNNING');
  const { desiredCount } = service;
  return (
    present.length === desiredCount && own.length === desiredCount && healthyCount(own, revision, now) === desiredCount
  );
}

function relaunch({ service, mint, now }: Change, stable: Revision): Revision {
  const revision = newRevision(mint.revision(), stable.taskDefinitionArn, now);
  service.revisions.push(revision);
  return revision;
}

/** Of hooks nobody will answer any more; ECS documents FAILED only for an explicit ROLLBACK, and nothing for these. */
function failOpenHooks(change: Change, deployment: ServiceDeployment): void {
  for (const hook of deployment.hooks) {
    if (hook.status !== 'AWAITING_ACTION') continue;
    hook.status = 'FAILED';
    change.emit({ kind: 'hook', name: 'HOOK_FAILED', hook, deployment: deployment.id });
  }
}
