import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Intents, Policies } from '#rollouts/policy-ports.ts';
import type { Clock, Executions, Rollouts, WaysBack } from '#rollouts/ports.ts';
import { type Rollout, rolloutId } from '#rollouts/rollout.ts';
import { stepFunctions } from './clients-sfn.ts';
import { readConfig } from './config.ts';
import { executions } from './executions.ts';
import { intentStore } from './intent-store.ts';
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
  readonly intents: Pick<Intents, 'get'>;
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
  (ports: StartPorts) =>
  async (request: RolloutRequest): Promise<{ readonly id: string; readonly started: boolean }> => {
    const { rollouts, policies, executions, now } = ports;
    const id = rolloutId(request.deployment);
    const [policy, wanted] = await Promise.all([policies.get(request.node), wantedOf(ports, request)]);
    const started = await rollouts.create(newRollout(id, request, policy, now(), wanted));
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
    intents: intentStore(items),
    waysBack: waysBack(items, Date.now),
    executions: executions(stepFunctions, readConfig()),
    now: Date.now,
  })(request);
}

/** ECS takes seconds from a request to its event; a deployment that comes later is somebody else's. */
const INTENT_MS = 10 * 60_000;

/** What Weir itself wanted with the deployment, if it asked for it. */
async function wantedOf({ intents, waysBack, now }: StartPorts, request: RolloutRequest): Promise<Wanted> {
  const { serviceArn, taskDefinition } = request;
  const [intent, isWayBack] = await Promise.all([
    intents.get(serviceArn),
    waysBack.isMarked(serviceArn, taskDefinition),
  ]);
  const isOurs = intent?.taskDefinition === taskDefinition && now() - intent.at < INTENT_MS;
  const asked = isOurs ? { actor: intent.actor, retryOf: intent.retryOf } : {};
  return { kind: isWayBack ? 'rollback' : 'release', ...asked };
}

type Wanted = Pick<Rollout, 'kind' | 'actor' | 'retryOf' | 'move'>;

/** A rollout as it begins: admitted to nothing, with no weight given. */
export function newRollout(
  id: string,
  request: RolloutRequest,
  policy: Rollout['policy'],
  startedAt: number,
  wanted: Wanted,
): Rollout {
  const { serviceArn, clusterArn, deployment, node, taskDefinition } = request;
  const actor = wanted.actor ?? request.actor;
  const by = actor === undefined ? {} : { actor };
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
    reason: wanted.move === undefined ? 'The deployment has started.' : 'The routes are to be moved.',
    startedAt,
    steps: [],
    stable: [],
    fence: 0,
    stepBase: { requests: 0, failures: 0 },
    halts: [],
    history: [{ at: startedAt, what: 'started', ...by }],
    facts: {},
    stragglers: [],
    ...wanted,
    ...by,
  };
}
