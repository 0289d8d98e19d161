import type { Mint } from './arns.ts';
import type { Hook, Revision, Service, ServiceDeployment, TaskView } from './state.ts';

/** What a change to a service tells the world; `events.ts` gives it ECS's shape. */
export type ServiceEvent =
  | { kind: 'deployment'; name: DeploymentEventName; revision: string; reason: string }
  | { kind: 'hook'; name: `HOOK_${Hook['status']}`; hook: Hook; deployment: string }
  | { kind: 'action'; name: 'SERVICE_STEADY_STATE' | 'SERVICE_TASK_START_IMPAIRED' };

/** The three deployment events ECS documents. */
export type DeploymentEventName =
  | 'SERVICE_DEPLOYMENT_IN_PROGRESS'
  | 'SERVICE_DEPLOYMENT_COMPLETED'
  | 'SERVICE_DEPLOYMENT_FAILED';

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

/** Sets a service deployment's status, with the reason if there is one. */
export function setStatus(
  { now }: Change,
  deployment: ServiceDeployment,
  status: ServiceDeployment['status'],
  reason?: string,
): void {
  deployment.status = status;
  deployment.updatedAt = now;
  if (reason) deployment.statusReason = reason;
}

/** Sets what DescribeServices says of a revision's rollout. */
export function setRollout({ now }: Change, revision: Revision, state: Revision['rolloutState'], reason: string): void {
  revision.rolloutState = state;
  revision.rolloutStateReason = reason;
  revision.updatedAt = now;
}

/** Emits a deployment event whose reason is the revision's own. */
export function announce(change: Change, name: DeploymentEventName, revision: Revision): void {
  change.emit({ kind: 'deployment', name, revision: revision.id, reason: revision.rolloutStateReason });
}
