import type { Change } from './change.ts';
import { finishWith, rollBack } from './deployment-outcome.ts';
import { healthyCount } from './schedule.ts';
import { activeDeployment, type Hook, type ServiceDeployment, type Stage } from './state.ts';

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

/** Moves a blue/green deployment to its next stage or its end; false if it has to wait. */
export function advanceStage(change: Change, deployment: ServiceDeployment): boolean {
  expireHooks(change, deployment);
  if (deployment.rollback || activeDeployment(change.service) !== deployment) return true;
  if (deployment.stage === 'CLEAN_UP') return finishWith(change, deployment, deployment.target);
  if (deployment.stage && !stageDone(change, deployment)) return false;
  enterStage(change, deployment, stageAfter(deployment));
  return true;
}

/** The moments at which the current stage changes by itself: hook timeouts and the end of the bake. */
export function stageDeadlines(change: Change, deployment: ServiceDeployment): number[] {
  const deadlines = deployment.hooks.filter((hook) => hook.status === 'AWAITING_ACTION').map((hook) => hook.expiresAt);
  return deployment.stage === 'BAKE_TIME' ? [...deadlines, bakeEnd(change, deployment)] : deadlines;
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
  const refused = status === 'FAILED' || (status === 'TIMED_OUT' && hook.timeoutAction === 'ROLLBACK');
  if (!refused) return;
  const verb = status === 'TIMED_OUT' ? 'timed out' : 'failed';
  const reason = `Service deployment rolled back because ${hook.stage} lifecycle hook(s) ${verb}.`;
  rollBack(change, deployment, reason, 'ECS deployment lifecycle hook');
}

function stageAfter({ stage, sources }: ServiceDeployment): Stage {
  if (!stage) return sources.length > 1 ? 'RECONCILE_SERVICE' : 'PRE_SCALE_UP';
  return STAGES[STAGES.indexOf(stage) + 1] ?? 'CLEAN_UP';
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
  const { stage, hooks, sources, target } = deployment;
  if (hooks.some((hook) => hook.status === 'AWAITING_ACTION')) return false;
  if (stage === 'RECONCILE_SERVICE') return tasks.every((task) => task.stopped || task.revision === sources[0]);
  if (stage === 'SCALE_UP') return healthyCount(tasks, target, now) >= service.desiredCount;
  return stage !== 'BAKE_TIME' || now >= bakeEnd(change, deployment);
}

function bakeEnd({ minuteMs }: Change, { stageSince, configuration }: ServiceDeployment): number {
  return stageSince + (configuration.bakeTimeInMinutes ?? 0) * minuteMs;
}

function expireHooks(change: Change, deployment: ServiceDeployment): void {
  for (const hook of deployment.hooks) {
    const due = hook.status === 'AWAITING_ACTION' && hook.expiresAt <= change.now;
    if (due) resolveHook(change, deployment, hook, 'TIMED_OUT');
  }
}
