import { announce, type Change } from './change.ts';
import { tripBreaker } from './circuit-breaker.ts';
import { finishWith, newRevision, stop } from './deployment-outcome.ts';
import { advanceStage, stageDeadlines } from './lifecycle-stages.ts';
import { activeDeployment, type ServiceDeployment, strategyOf } from './state.ts';

/**
 * Starts deploying `taskDefinitionArn`. A deployment still in progress goes STOP_REQUESTED → STOPPED, as ECS documents
 * for "a user starts a new service deployment"; both happen in one step here, so the first is never seen.
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
  announce(change, 'SERVICE_DEPLOYMENT_IN_PROGRESS', revision);
  return deployment;
}

/** Moves the active deployment one step; false when it has to wait. Call until false. */
export function advance(change: Change): boolean {
  const deployment = activeDeployment(change.service);
  if (!deployment || change.service.status !== 'ACTIVE') return false;
  if (deployment.rollback) return finishWith(change, deployment, deployment.rollback.revision);
  if (tripBreaker(change, deployment)) return true;
  return strategyOf(deployment.configuration) === 'ROLLING'
    ? finishWith(change, deployment, deployment.target)
    : advanceStage(change, deployment);
}

/** The next moment something happens by itself: a hook's timeout or the end of the bake. */
export function nextDeadline(change: Change): number | undefined {
  const deployment = activeDeployment(change.service);
  if (!deployment || deployment.rollback) return undefined;
  const deadlines = stageDeadlines(change, deployment);
  return deadlines.length > 0 ? Math.min(...deadlines) : undefined;
}

/** The stable revision first, then every other revision that still has a task, newest first. */
function liveRevisions({ service, tasks }: Change): string[] {
  const live = new Set(tasks.filter((task) => task.desired === 'RUNNING').map((task) => task.revision));
  const ids = service.revisions.map((revision) => revision.id).filter((id) => live.has(id) && id !== service.stable);
  const others = ids.reverse();
  return service.stable ? [service.stable, ...others] : others;
}
