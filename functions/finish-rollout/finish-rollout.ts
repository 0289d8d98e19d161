import { isHandedOver } from '#rollouts/plan.ts';
import type { Turns } from '#rollouts/policy-ports.ts';
import type {
  Announcement,
  Announcer,
  Clock,
  RolloutChange,
  Rollouts,
  ServiceLock,
  Sidecars,
  TrafficShift,
} from '#rollouts/ports.ts';
import { ackProgress, isConfirmed } from '#rollouts/required-sidecars.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import { lossOf } from '#rollouts/settle.ts';
import type { RolloutStatus } from '#rollouts/types.ts';

/** What finishing needs. */
export interface FinishPorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'change' | 'finish'>;
  readonly lock: Pick<ServiceLock, 'release'>;
  readonly turns: Pick<Turns, 'giveBack'>;
  readonly traffic: Pick<TrafficShift, 'end'>;
  readonly sidecars: Sidecars;
  readonly announcer: Announcer;
  /** Wakes the running rollouts of a mesh that wait for their turn, the one that began first before the others. */
  readonly wakeNext: (rollout: Rollout) => Promise<void>;
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
 * Ends a rollout once: takes its canary out of the traffic, writes down who never confirmed weight 0, gives lock and turn back,
 * tells the bus. Repeated, it does the last three again: its first run may have died before them.
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
  if (outcome === 'rolledBack' || rollout.move !== undefined) await ports.traffic.end(rollout);
  const ending = {
    status: outcome,
    reason: reasonOf(rollout, outcome, reason),
    endedAt: now(),
    weight: outcome === 'promoted' || outcome === 'unrouted' ? 100 : 0,
  };
  if (!(await rollouts.finish(rollout.id, ending))) return;
  await close(ports, outcome, { ...rollout, ...noted, ...ending, phase: 'finished' });
}

async function close(ports: FinishPorts, outcome: FinishInput['outcome'], ended: Rollout): Promise<void> {
  const { lock, turns, announcer, wakeNext } = ports;
  await lock.release(ended.service, ended.id);
  if (ended.policy.concurrency !== undefined) {
    await turns.giveBack(ended.node, ended.id);
    await wakeNext(ended);
  }
  await announcer.announce(announcements[outcome], ended);
}

function reasonOf(rollout: Rollout, outcome: FinishInput['outcome'], given: string | undefined): string {
  const { facts, reason } = rollout;
  if (outcome === 'superseded' && facts.superseded) return lossOf(facts.superseded);
  if (outcome === 'promoted') return given ?? promotionOf(rollout);
  return given ?? (outcome === 'superseded' ? untold(rollout) : reason);
}

function untold({ move, node }: Rollout): string {
  if (move === undefined) return `A newer rollout has taken ${node.name}.`;
  return `Routes of virtual router ${move.virtualRouter} were written by somebody else: they stay as they are now.`;
}

function promotionOf(rollout: Rollout): string {
  const { deployment, policy, facts, shortened, steps, reason, move, node } = rollout;
  if (policy.dryRun && steps.length > 0)
    return `Dry run, ECS went on: ${(facts.verdict ?? facts.alarm)?.reason ?? 'nothing spoke against the canary'}.`;
  if (shortened !== undefined) return shortened;
  if (steps.length > 0 && move) return `All steps passed: ${node.name} serves in place of ${move.from}.`;
  if (steps.length > 0) return `All steps passed: ${deployment} is the stable variant.`;
  return isHandedOver(rollout) ? `${deployment} was handed over without being judged.` : reason;
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
