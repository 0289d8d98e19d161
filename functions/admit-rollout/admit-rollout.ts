import { alarmTrouble } from '#rollouts/alarm-trouble.ts';
import { isUnchecked } from '#rollouts/next-move.ts';
import { isHandedOver, plannedSteps } from '#rollouts/plan.ts';
import type { Alarms } from '#rollouts/policy-ports.ts';
import type {
  Announcer,
  Clock,
  Deployments,
  Rollouts,
  ServiceDeployment,
  ServiceLock,
  Sidecars,
  Splits,
  StoredSplit,
  TrafficShift,
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
  readonly traffic: Pick<TrafficShift, 'begin'>;
  readonly alarms: Alarms;
  readonly announcer: Announcer;
  readonly wake: (id: string) => Promise<void>;
  readonly now: Clock;
}

/** What the state machine learns; the seconds are the policy's, in the shape its waits take. */
export type Admission = {
  /**
   * `handedOver`: not to be judged. `first`: no other revision to judge it against, or nobody in the mesh calls it. `refused`: an
   * alarm fires, or does not exist. `ended`: ECS is through with it already. `superseded`: a newer deployment has the service.
   */
  readonly kind: 'admitted' | 'handedOver' | 'first' | 'refused' | 'ended' | 'superseded';
  readonly reason: string;
} & AdmittedPlan;

interface AdmittedPlan {
  readonly holds: Hold;
  readonly scaleUpSeconds: number;
  readonly resendSeconds: number;
  /** What `ackSeconds` leaves after the re-send. */
  readonly lastAckSeconds: number;
  readonly bakeSeconds: number;
  /** Index of the last step, and the one behind it, which stands for the promotion. */
  readonly lastStep: number;
  readonly promotion: number;
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
    if (rollout.move !== undefined) return { ...(await admitMove(ports, rollout)), ...planOf(rollout, 'nothing') };
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

/** Nothing of ECS's waits for it: the routes name both nodes, and whoever holds their virtual router moves them. */
async function admitMove(ports: AdmitPorts, rollout: Rollout): Promise<Decision> {
  const holds = 'nothing';
  const claim = { rollout: rollout.id, deployedAt: rollout.startedAt, above: 0 };
  const lock = await ports.lock.acquire(rollout.service, claim);
  if (lock.kind === 'newer')
    return { kind: 'superseded', reason: `Rollout ${lock.rollout} moves routes of this virtual router.` };
  await ports.rollouts.change(rollout.id, { fence: lock.fence, holds });
  await ports.traffic.begin({ ...rollout, fence: lock.fence, holds }, []);
  if (lock.superseded !== undefined) await supersede(ports, lock.superseded, rollout.id);
  const refusal = await refusalOf(ports, rollout);
  if (refusal !== undefined) return { kind: 'refused', reason: refusal };
  await ports.announcer.announce('Rollout Started', { ...rollout, holds });
  return { kind: 'admitted', reason: 'The routes compare both virtual nodes, the new one at weight 0.' };
}

async function enter(ports: AdmitPorts, held: Held, stored: StoredSplit | undefined): Promise<Decision> {
  const { rollout, holds } = held;
  if (rollout.node.kind === 'vg') return unjudged(ports, held, 'A gateway is called from outside: nothing to compare.');
  if (stored === undefined || stored.split.stable.includes(rollout.deployment)) {
    const stable = stored?.split.stable ?? [rollout.deployment];
    await ports.splits.put(rollout.node, stored?.split ?? { stable }, held.fence);
    return unjudged(ports, held, 'No other revision serves the node: nothing to compare.', stable);
  }
  await begin(ports, held, stored);
  const refusal = await refusalOf(ports, rollout);
  if (refusal !== undefined) return { kind: 'refused', reason: refusal };
  await ports.announcer.announce('Rollout Started', { ...rollout, holds });
  return isHandedOver(rollout)
    ? { kind: 'handedOver', reason: 'The deployment is not judged.' }
    : { kind: 'admitted', reason: 'The canary takes part at weight 0.' };
}

/** What forbids a start at once: an alarm that fires may be waited for before the first weight, if the policy says so. */
async function refusalOf({ alarms }: AdmitPorts, rollout: Rollout): Promise<string | undefined> {
  if (isUnchecked(rollout)) return undefined;
  const trouble = await alarmTrouble(alarms, rollout.policy);
  const mayPass = trouble?.kind === 'firing' && rollout.policy.alarmWaitSeconds !== undefined;
  return mayPass ? undefined : trouble?.reason;
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

async function begin(ports: AdmitPorts, { rollout, holds, fence }: Held, { split }: StoredSplit): Promise<void> {
  const { rollouts, sidecars, traffic } = ports;
  // A repeated admission finds its own canary in the split, and the stable variant it had fixed.
  const isRepeated = rollout.fence === fence;
  const stable = isRepeated
    ? rollout.stable
    : stableVariant(split, await sidecars.of(rollout.node), rollout.deployment);
  await rollouts.change(rollout.id, { fence, holds, stable });
  await traffic.begin({ ...rollout, fence, holds }, stable);
}

async function supersede({ rollouts, wake, now }: AdmitPorts, older: string, by: string): Promise<void> {
  await rollouts.record(older, { kind: 'superseded', at: now(), by });
  await wake(older);
}

function planOf(rollout: Rollout, holds: Hold): AdmittedPlan {
  const { scaleUpSeconds, resendSeconds, ackSeconds, bakeSeconds } = rollout.policy;
  const lastAckSeconds = Math.max(1, ackSeconds - resendSeconds);
  const { length } = plannedSteps(rollout);
  return { holds, scaleUpSeconds, resendSeconds, lastAckSeconds, bakeSeconds, lastStep: length - 1, promotion: length };
}

function endedReason({ status, statusReason }: ServiceDeployment): string {
  const what = status === 'stopped' ? 'stopped' : 'rolled back';
  return `ECS had ${what} the deployment before Weir saw it${statusReason === undefined ? '.' : `: ${statusReason}`}`;
}
