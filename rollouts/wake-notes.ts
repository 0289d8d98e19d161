import { ended } from './halts.ts';
import type { RolloutChange } from './ports.ts';
import type { AckProgress } from './required-sidecars.ts';
import type { Outcome, OutcomeKind, Rollout, WaitName } from './rollout.ts';
import { progressOf, type Situation } from './settle.ts';

type Note = (rollout: Rollout, situation: Situation, outcome: Outcome) => RolloutChange | undefined;

/** What an outcome adds to the record: who had confirmed the step, or weight 0; who decided at a gate; why steps were left out. */
export const wakeNotes: Note = (rollout, situation, outcome) => notes[outcome.kind]?.(rollout, situation, outcome);

const shortened: Note = (_, __, { reason }) => ({ reason, shortened: reason });

const promoted: Note = (_, { wait: { name } }, { reason }) =>
  name === 'observe' || name === 'paused' ? { reason, shortened: reason } : { reason };

const acked: Note = (rollout, situation) => confirmations[situation.wait.name]?.(rollout, progressOf(situation));

const approved: Note = (rollout, { wait, facts, now }) =>
  wait.name === 'gate' && facts.approve !== undefined
    ? { halts: ended(rollout, { end: 'approved', endedAt: now, actor: facts.approve.actor }) }
    : undefined;

const denied: Note = (rollout, { facts, now }) =>
  facts.deny && { halts: ended(rollout, { end: 'denied', endedAt: now, actor: facts.deny.actor }) };

const notes: Readonly<Partial<Record<OutcomeKind, Note>>> = {
  stableGone: shortened,
  full: shortened,
  skip: shortened,
  promote: promoted,
  acked,
  cleared: approved,
  denied,
};

type Confirmation = (rollout: Rollout, progress: AckProgress) => RolloutChange | undefined;

/** The record with its last step confirmed by so many. */
const confirmedStep: Confirmation = ({ steps }, { required, acked: count, lastAckAt }) => {
  const step = steps.at(-1);
  if (step === undefined) return undefined;
  const at = lastAckAt === undefined ? {} : { lastAckAt };
  return { steps: [...steps.slice(0, -1), { ...step, requiredSidecars: required, ackedSidecars: count, ...at }] };
};

const zeroAcked: Confirmation = (rollout, progress) => {
  const { lastAckAt } = progress;
  if (lastAckAt === undefined) return undefined;
  // A verdict may come before the step's own acknowledgements; whoever confirms weight 0 has left that step behind it.
  const step = rollout.steps.at(-1);
  const isLate = step !== undefined && step.ackedSidecars < step.requiredSidecars;
  return { zeroAckedAt: lastAckAt, ...(isLate ? confirmedStep(rollout, progress) : {}) };
};

const confirmations: Readonly<Partial<Record<WaitName, Confirmation>>> = {
  acks: confirmedStep,
  lastAcks: confirmedStep,
  zeroAcks: zeroAcked,
};
