import { type Failure, failureReason } from '#rollouts/failure-reason.ts';
import type { Alarms, Turns } from '#rollouts/policy-ports.ts';
import type { Announcer, Clock, EvidenceStore, Rollouts, TrafficShift } from '#rollouts/ports.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import { withEvidence } from '#rollouts/step-evidence.ts';
import { type Summary, summarize } from '#rollouts/summary.ts';
import { nothingToShift, type Shifted, unrouted, unwatched } from './shifted.ts';
import { type StepAsk, takeStep } from './take-step.ts';

/** What a shift reads and writes. */
export interface ShiftPorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'change' | 'record' | 'forget'>;
  readonly traffic: TrafficShift;
  readonly turns: Turns;
  readonly alarms: Alarms;
  readonly evidence: EvidenceStore;
  readonly announcer: Announcer;
  readonly now: Clock;
}

/** The three moves. A `rollback` is given the state machine's word on why. */
export type ShiftInput =
  | { readonly rolloutId: string; readonly move: 'step'; readonly step: StepAsk }
  | { readonly rolloutId: string; readonly move: 'promote' }
  | { readonly rolloutId: string; readonly move: 'rollback'; readonly state: Failure };

/** Decides what a rollout does next, and does it under its fence: pushes a weight and fixes who has to confirm it. Safe to repeat. */
export const shiftWeight =
  (ports: ShiftPorts) =>
  async (input: ShiftInput): Promise<Shifted> => {
    const rollout = await ports.rollouts.get(input.rolloutId);
    if (rollout === undefined) return nothingToShift;
    if (input.move === 'step') return takeStep(ports, rollout, await summaryOf(ports, rollout), input.step);
    return input.move === 'promote' ? promoteUnrouted(ports, rollout) : rollBack(ports, rollout, input.state);
  };

async function summaryOf({ evidence }: ShiftPorts, { id, policy }: Rollout): Promise<Summary> {
  const all = await evidence.all(id);
  return summarize(
    all.map((one) => one.evidence),
    policy,
  );
}

async function promoteUnrouted({ rollouts, traffic }: ShiftPorts, rollout: Rollout): Promise<Shifted> {
  const required = await traffic.promote(rollout);
  await rollouts.change(rollout.id, { weight: 100, required, phase: 'promoting' });
  return { ...nothingToShift, ...unrouted(rollout) };
}

async function rollBack(ports: ShiftPorts, rollout: Rollout, failure: Failure): Promise<Shifted> {
  const { rollouts, traffic } = ports;
  const reason = failureReason(rollout, failure);
  // Never admitted, or the node's first revision: there is no other weight to go back to.
  if (rollout.fence === 0 || rollout.stable.includes(rollout.deployment)) {
    await rollouts.change(rollout.id, { reason, phase: 'rollingBack' });
    return { ...nothingToShift, reason };
  }
  const required = await traffic.restore(rollout);
  // The way back waits for nothing, and fails for nothing, that is only to be written down.
  const steps = await summaryOf(ports, rollout).then(
    (summary) => withEvidence(rollout, summary),
    () => rollout.steps,
  );
  await rollouts.change(rollout.id, { weight: 0, required, reason, steps, phase: 'rollingBack' });
  const seconds = rollout.policy.rollbackAckSeconds;
  return { ...unwatched, seconds, kind: required.length === 0 ? 'unrouted' : 'shifted', reason };
}
