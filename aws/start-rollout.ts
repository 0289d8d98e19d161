import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Clock, Executions, Policies, Rollouts, WaysBack } from '#rollouts/ports.ts';
import { type Rollout, rolloutId } from '#rollouts/rollout.ts';
import { stepFunctions } from './clients-sfn.ts';
import { readConfig } from './config.ts';
import { executions } from './executions.ts';
import { policyStore } from './policy-store.ts';
import { rolloutStore } from './rollout-store.ts';
import { table } from './table.ts';
import { waysBack } from './ways-back.ts';

/** A deployment that somebody, or an event, wants judged. */
export interface RolloutRequest {
  readonly serviceArn: string;
  readonly clusterArn: string;
  /** `ecs-svc/…` */
  readonly deployment: string;
  /** The virtual node or gateway its tasks are. */
  readonly node: ProxyId;
  readonly taskDefinition: string;
  /** ARN of who asked by hand. */
  readonly actor?: string;
}

/** What starting a rollout needs. */
export interface StartPorts {
  readonly rollouts: Pick<Rollouts, 'create' | 'get'>;
  readonly policies: Policies;
  readonly waysBack: Pick<WaysBack, 'isMarked'>;
  readonly executions: Pick<Executions, 'startCanary'>;
  readonly now: Clock;
}

/**
 * Starts the rollout of a deployment, once: the id is the deployment's, so repeated and late events find it. A rollout whose
 * execution did not start (the function died between the two) is given its execution by the next call. A service on its way
 * back gets there unjudged: what it would be compared with is what it flees from.
 */
export const rolloutStarter =
  ({ rollouts, policies, waysBack, executions, now }: StartPorts) =>
  async (request: RolloutRequest): Promise<{ readonly id: string; readonly started: boolean }> => {
    const id = rolloutId(request.deployment);
    const [declared, isWayBack] = await Promise.all([
      policies.get(request.node.owner, request.node.mesh),
      waysBack.isMarked(request.serviceArn, request.taskDefinition),
    ]);
    const policy = isWayBack ? { ...declared, strategy: 'off' as const } : declared;
    const started = await rollouts.create(newRollout(id, request, policy, now()));
    const isRunning = started || (await rollouts.get(id))?.status === 'running';
    if (isRunning) await executions.startCanary(id);
    return { id, started };
  };

/** {@link rolloutStarter} on this function's environment. */
export function startRollout(request: RolloutRequest): Promise<{ readonly id: string; readonly started: boolean }> {
  const items = table();
  return rolloutStarter({
    rollouts: rolloutStore(items),
    policies: policyStore(items),
    waysBack: waysBack(items, Date.now),
    executions: executions(stepFunctions, readConfig()),
    now: Date.now,
  })(request);
}

function newRollout(id: string, request: RolloutRequest, policy: Rollout['policy'], startedAt: number): Rollout {
  const { serviceArn, clusterArn, deployment, node, taskDefinition, actor } = request;
  return {
    id,
    service: serviceArn,
    cluster: clusterArn,
    node,
    deployment,
    taskDefinition,
    policy,
    status: 'running',
    phase: 'admitted',
    weight: 0,
    reason: 'The deployment has started.',
    startedAt,
    steps: [],
    stable: [],
    fence: 0,
    stepBase: { requests: 0, failures: 0 },
    facts: {},
    stragglers: [],
    ...(actor === undefined ? {} : { actor }),
  };
}
