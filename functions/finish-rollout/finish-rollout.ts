import { withoutCanary } from '#rollouts/plan.ts';
import {
  type Announcement,
  type Announcer,
  type Clock,
  FenceLostError,
  type MeshPush,
  type RolloutChange,
  type Rollouts,
  type ServiceLock,
  type Sidecars,
  type Splits,
} from '#rollouts/ports.ts';
import { ackProgress, isConfirmed } from '#rollouts/required-sidecars.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import type { RolloutStatus } from '#rollouts/types.ts';

/** What finishing needs. */
export interface FinishPorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'change' | 'finish'>;
  readonly lock: Pick<ServiceLock, 'release'>;
  readonly splits: Splits;
  readonly sidecars: Sidecars;
  readonly push: MeshPush;
  readonly announcer: Announcer;
  readonly now: Clock;
}

export interface FinishInput {
  readonly rolloutId: string;
  readonly outcome: Exclude<RolloutStatus, 'running'>;
  /** The state machine's last word, if the outcome needs one. */
  readonly reason?: string | undefined;
}

const announcements: Readonly<Record<FinishInput['outcome'], Announcement>> = {
  promoted: 'Rollout Promoted',
  rolledBack: 'Rollout Rolled Back',
  superseded: 'Rollout Superseded',
  unrouted: 'Rollout Unrouted',
  failed: 'Rollout Failed',
};

/**
 * Ends a rollout once: takes its canary out of the split, writes down who never confirmed weight 0, gives the lock back, tells
 * the bus. Repeated, it does the last two again: its first run may have died before them.
 */
export const finishRollout =
  (ports: FinishPorts) =>
  async ({ rolloutId, outcome, reason }: FinishInput): Promise<void> => {
    const rollout = await ports.rollouts.get(rolloutId);
    if (rollout?.status === 'running') await end(ports, rollout, outcome, reason);
    else if (rollout?.status === outcome) await close(ports, outcome, rollout);
  };

async function end(ports: FinishPorts, rollout: Rollout, outcome: FinishInput['outcome'], reason: string | undefined) {
  const { rollouts, now } = ports;
  const noted = outcome === 'rolledBack' || outcome === 'failed' ? await noteZero(ports, rollout) : {};
  if (outcome === 'rolledBack') await removeCanary(ports, rollout);
  const ending = {
    status: outcome,
    reason: reasonOf(rollout, outcome, reason),
    endedAt: now(),
    weight: outcome === 'promoted' || outcome === 'unrouted' ? 100 : 0,
  };
  if (!(await rollouts.finish(rollout.id, ending))) return;
  await close(ports, outcome, { ...rollout, ...noted, ...ending, phase: 'finished' });
}

async function close({ lock, announcer }: FinishPorts, outcome: FinishInput['outcome'], ended: Rollout): Promise<void> {
  await lock.release(ended.service, ended.id);
  await announcer.announce(announcements[outcome], ended);
}

function reasonOf(rollout: Rollout, outcome: FinishInput['outcome'], given: string | undefined): string {
  const { facts, reason } = rollout;
  if (outcome === 'superseded' && facts.superseded)
    return `Rollout ${facts.superseded.by} of a newer deployment took over.`;
  const hasPassed = outcome === 'promoted' && rollout.steps.length === rollout.policy.steps.length;
  if (hasPassed) return `All steps passed: ${rollout.deployment} is the stable variant.`;
  return given ?? (outcome === 'superseded' ? `A newer rollout has taken ${rollout.node.name}.` : reason);
}

/** Weight 0 may have been confirmed after the wait for it ended; whoever has not by now is a straggler. */
async function noteZero({ rollouts, sidecars }: FinishPorts, rollout: Rollout): Promise<RolloutChange> {
  const required = rollout.required ?? [];
  if (rollout.zeroAckedAt !== undefined || rollout.weight !== 0 || required.length === 0) return {};
  const proxies = [...new Map(required.map(({ proxy }) => [JSON.stringify(proxy), proxy])).values()];
  const tasks = await Promise.all(proxies.map((proxy) => sidecars.of(proxy)));
  const progress = ackProgress(required, tasks.flat(), true);
  const zero = isConfirmed(progress) && progress.lastAckAt !== undefined ? { zeroAckedAt: progress.lastAckAt } : {};
  const noted = { stragglers: progress.silent.map(({ task }) => task), ...zero };
  await rollouts.change(rollout.id, noted);
  return noted;
}

/** Not while the canary alone serves: a rolling service's stable tasks may still be on their way back. */
async function removeCanary({ splits, sidecars, push }: FinishPorts, { id, node, fence }: Rollout): Promise<void> {
  const tasks = await sidecars.of(node);
  const serving = new Set(tasks.filter(({ ready, wanted }) => ready && wanted).map(({ deployment }) => deployment));
  const removed = splits.change(node, fence, (stored) => {
    const without = stored && withoutCanary(stored, id);
    return without?.stable.some((deployment) => serving.has(deployment)) ? without : undefined;
  });
  if (!(await removed.catch(falseIfFenceLost))) return;
  await push.push(await push.clientsOf(node));
}

function falseIfFenceLost(error: unknown): false {
  if (error instanceof FenceLostError) return false;
  throw error;
}
