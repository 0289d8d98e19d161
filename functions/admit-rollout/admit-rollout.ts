import { alarmReason } from '#rollouts/alarm-reason.ts';
import { shiftedSplit } from '#rollouts/plan.ts';
import type {
  Alarms,
  Announcer,
  Clock,
  Deployments,
  MeshPush,
  Rollouts,
  ServiceDeployment,
  ServiceLock,
  Sidecars,
  Splits,
  StoredSplit,
} from '#rollouts/ports.ts';
import type { Hold, Rollout } from '#rollouts/rollout.ts';
import { stableVariant } from '#rollouts/stable-variant.ts';

/** What admission reads and changes. */
export interface AdmitPorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'change' | 'record'>;
  readonly deployments: Pick<Deployments, 'describe'>;
  readonly lock: Pick<ServiceLock, 'acquire'>;
  readonly splits: Splits;
  readonly sidecars: Sidecars;
  readonly push: MeshPush;
  readonly alarms: Alarms;
  readonly announcer: Announcer;
  readonly wake: (id: string) => Promise<void>;
  readonly now: Clock;
}

/** What the state machine learns; the seconds are the policy's, in the shape its waits take. */
export type Admission = {
  /**
   * `first`: no other revision to judge it against, or nobody in the mesh calls it. `refused`: an alarm is firing. `ended`: ECS is through with it already.
   * `superseded`: a newer deployment has the service.
   */
  readonly kind: 'admitted' | 'first' | 'refused' | 'ended' | 'superseded';
  readonly reason: string;
} & AdmittedPlan;

interface AdmittedPlan {
  readonly holds: Hold;
  readonly scaleUpSeconds: number;
  readonly resendSeconds: number;
  /** What `ackSeconds` leaves after the re-send. */
  readonly lastAckSeconds: number;
  readonly bakeSeconds: number;
  /** Index of the last step. */
  readonly lastStep: number;
}

/** ECS does not list the deployment (yet): the task may be retried. */
export class DeploymentUnknownError extends Error {
  override readonly name = 'DeploymentUnknown';
}

/** The execution was started for a rollout that is not stored: nothing can be done with it. */
export class RolloutUnknownError extends Error {
  override readonly name = 'RolloutUnknown';
}

/**
 * Takes the service's lock, ends an older rollout of it, and adds the canary at weight 0, so that sidecars report the baseline
 * while its tasks start. Repeating it changes nothing.
 */
export const admitRollout =
  (ports: AdmitPorts) =>
  async ({ rolloutId }: { readonly rolloutId: string }): Promise<Admission> => {
    const rollout = await ports.rollouts.get(rolloutId);
    if (rollout === undefined) throw new RolloutUnknownError(`no rollout ${rolloutId} is stored`);
    const { service, deployment } = rollout;
    const found = await ports.deployments.describe(service, deployment);
    if (found === undefined) throw new DeploymentUnknownError(`ECS lists no deployment ${deployment} of ${service}`);
    // A deployment that ECS has finished pauses no more.
    const holds: Hold = found.hasPauseHook && found.status === 'inProgress' ? 'pauseHook' : 'guardedRolling';
    return { ...(await decide(ports, rollout, found, holds)), ...planOf(rollout, holds) };
  };

type Decision = Pick<Admission, 'kind' | 'reason'>;

async function decide(ports: AdmitPorts, rollout: Rollout, found: ServiceDeployment, holds: Hold): Promise<Decision> {
  if (found.status === 'stopped' || found.status === 'rollingBack')
    return { kind: 'ended', reason: endedReason(found) };
  const stored = await ports.splits.get(rollout.node);
  const claim = { rollout: rollout.id, deployedAt: found.createdAt, above: stored?.fence ?? 0 };
  const lock = await ports.lock.acquire(rollout.service, claim);
  if (lock.kind === 'newer')
    return { kind: 'superseded', reason: `Rollout ${lock.rollout} of a newer deployment has the service.` };
  const decision = await enter(ports, { rollout, holds, fence: lock.fence }, stored);
  if (lock.superseded !== undefined) await supersede(ports, lock.superseded, rollout.id);
  return decision;
}

async function enter(ports: AdmitPorts, held: Held, stored: StoredSplit | undefined): Promise<Decision> {
  const { rollout, holds } = held;
  if (rollout.node.kind === 'vg') return unjudged(ports, held, 'A gateway is called from outside: nothing to compare.');
  if (stored === undefined || stored.split.stable.includes(rollout.deployment)) {
    const stable = stored?.split.stable ?? [rollout.deployment];
    await ports.splits.put(rollout.node, stored?.split ?? { stable }, held.fence);
    return unjudged(ports, held, 'No other revision serves the node: nothing to compare.', stable);
  }
  await addCanary(ports, held, stored);
  const firing = await alarmReason(ports.alarms, rollout.policy);
  if (firing !== undefined) return { kind: 'refused', reason: firing };
  await ports.announcer.announce('Rollout Started', { ...rollout, holds });
  return { kind: 'admitted', reason: 'The canary takes part at weight 0.' };
}

interface Held {
  readonly rollout: Rollout;
  readonly holds: Hold;
  readonly fence: number;
}

async function unjudged(
  { rollouts }: AdmitPorts,
  { rollout, holds, fence }: Held,
  reason: string,
  stable: readonly string[] = [rollout.deployment],
): Promise<Decision> {
  await rollouts.change(rollout.id, { fence, holds, stable, reason });
  return { kind: 'first', reason };
}

async function addCanary(ports: AdmitPorts, { rollout, holds, fence }: Held, { split }: StoredSplit) {
  const { rollouts, splits, sidecars, push } = ports;
  const { id, node, deployment, policy } = rollout;
  const [tasks, clients] = await Promise.all([sidecars.of(node), push.clientsOf(node)]);
  // A repeated admission finds its own canary in the split, and the stable variant it had fixed.
  const stable = rollout.fence === fence ? rollout.stable : stableVariant(split, tasks, deployment);
  await rollouts.change(id, { fence, holds, stable });
  await splits.put(node, shiftedSplit({ id, policy, stable, deployment }, 0), fence);
  await push.push(clients);
}

async function supersede({ rollouts, wake, now }: AdmitPorts, older: string, by: string): Promise<void> {
  await rollouts.record(older, { kind: 'superseded', at: now(), by });
  await wake(older);
}

function planOf({ policy }: Rollout, holds: Hold): AdmittedPlan {
  const { scaleUpSeconds, resendSeconds, ackSeconds, bakeSeconds, steps } = policy;
  const lastAckSeconds = Math.max(1, ackSeconds - resendSeconds);
  const lastStep = steps.length - 1;
  return {
    holds,
    scaleUpSeconds,
    resendSeconds,
    lastAckSeconds,
    bakeSeconds,
    lastStep,
  };
}

function endedReason({ status, statusReason }: ServiceDeployment): string {
  const what = status === 'stopped' ? 'stopped' : 'rolled back';
  return `ECS had ${what} the deployment before Weir saw it${statusReason === undefined ? '.' : `: ${statusReason}`}`;
}
