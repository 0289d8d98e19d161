import { mayApprove } from './approvers.ts';
import { openHalt } from './halts.ts';
import { MOST_HISTORY } from './history.ts';
import { isHandedOver } from './plan.ts';
import type { CommandFact, Rollout, Verb } from './rollout.ts';
import type { RolloutPhase } from './types.ts';

/** What becomes of an operator's word: it counts, it has come true already, or it is refused with the reason. */
export type Ruling =
  | { readonly kind: 'counts' | 'done' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Somebody else may say it. */
  | { readonly kind: 'forbidden'; readonly reason: string };

const counts: Ruling = { kind: 'counts' };
const done: Ruling = { kind: 'done' };
const refused = (reason: string): Ruling => ({ kind: 'refused', reason });

/** Rules on a word by the rollout's state. Said twice it is done, so that whoever got no answer may say it again. */
export function rulingOn(rollout: Rollout, word: CommandFact): Ruling {
  const { id, status, facts, phase } = rollout;
  if (status !== 'running') return afterTheEnd(rollout, word.kind);
  if (facts.superseded !== undefined) return refused(`rollout ${id} is superseded by ${facts.superseded.by}`);
  if (word.kind === 'rollback') return facts.rollback === undefined ? counts : done;
  if (phase === 'rollingBack' || facts.rollback !== undefined) return refused(`rollout ${id} is rolling back`);
  if (phase === 'promoting')
    return word.kind === 'promote' || word.kind === 'full' ? done : refused(`rollout ${id} is being promoted`);
  if (rollout.history.length >= MOST_HISTORY)
    return refused(`rollout ${id} has heard ${MOST_HISTORY} words: roll it back`);
  return rulings[word.kind](rollout, word);
}

const fulfilled: Partial<Record<Verb, Rollout['status']>> = {
  rollback: 'rolledBack',
  promote: 'promoted',
  full: 'promoted',
};

function afterTheEnd({ id, status }: Rollout, verb: Verb): Ruling {
  return fulfilled[verb] === status ? done : refused(`rollout ${id} has ended: ${status}`);
}

type Rule = (rollout: Rollout, word: CommandFact) => Ruling;

/** Nobody may pass what holds a rollout back on behalf of others: a gate is opened by its approvers. */
const held: Partial<Record<RolloutPhase, string>> = {
  awaitingApproval: 'it waits for an approval: approve or deny',
  awaitingAlarms: 'it waits for an alarm to be over',
  awaitingWindow: 'it waits for a window of its policy',
  awaitingTurn: 'it waits for its turn',
};
const early: Partial<Record<RolloutPhase, string>> = {
  admitted: 'its tasks are not up yet',
  waitingForGreen: 'its tasks are not up yet',
};

function obstacle({ id, phase, policy, kind }: Rollout): Ruling | undefined {
  if (isHandedOver({ kind, policy })) return refused(`rollout ${id} has no steps: the deployment is not judged`);
  const reason = held[phase] ?? early[phase];
  return reason === undefined ? undefined : refused(`rollout ${id} cannot go on: ${reason}`);
}

const promote: Rule = (rollout, word) => obstacle(rollout) ?? atStep(rollout, word);

const skip: Rule = (rollout, word) => {
  const { id, phase, step } = rollout;
  const inStep = phase === 'observing' || phase === 'paused' || phase === 'awaitingAcks';
  if (obstacle(rollout) === undefined && (!inStep || step?.isLast))
    return refused(`rollout ${id} is in no step that another one follows`);
  return obstacle(rollout) ?? atStep(rollout, word);
};

/** A word on a step that was left since has come true. */
function atStep({ id, steps }: Rollout, word: CommandFact): Ruling {
  if (!('step' in word) || word.step === steps.length) return counts;
  return word.step < steps.length ? done : refused(`rollout ${id} has given ${steps.length} steps, not ${word.step}`);
}

const full: Rule = (rollout) => {
  const { id, kind, policy, facts } = rollout;
  if (isHandedOver({ kind, policy })) return refused(`rollout ${id} has no steps: the deployment is not judged`);
  return facts.full === undefined ? counts : done;
};

const setWeight: Rule = (rollout, word) => {
  const { id, policy, weight, step, facts } = rollout;
  if (policy.dryRun) return refused(`rollout ${id} is a dry run: it moves no traffic`);
  const barred = obstacle(rollout);
  if (barred !== undefined || word.kind !== 'setWeight') return barred ?? counts;
  if (facts.setWeight !== undefined) return facts.setWeight.weight === word.weight ? done : counts;
  return weight === word.weight && step?.mode === 'traffic' ? done : counts;
};

const pause: Rule = ({ facts }) => (facts.pause === undefined ? counts : done);

const resume: Rule = ({ facts }) => (facts.pause === undefined ? done : counts);

/** Only at a gate, and by one of its approvers. */
const decide: Rule = (rollout, word) => {
  const { id, halts, facts } = rollout;
  if (word.kind !== 'approve' && word.kind !== 'deny') return counts;
  const halt = openHalt(rollout);
  const last = halts.at(-1);
  const wanted = word.kind === 'approve' ? 'approved' : 'denied';
  if (halt === undefined || !halt.on.includes('gate'))
    return last?.end === wanted ? done : refused(`rollout ${id} waits for no approval`);
  if (!mayApprove(halt.approvers, word.actor))
    return { kind: 'forbidden', reason: `${word.actor} is none of the approvers of ${halt.on}` };
  return facts[word.kind]?.gate === halt.on ? done : counts;
};

const rulings: Readonly<Record<Exclude<Verb, 'rollback'>, Rule>> = {
  promote,
  skip,
  full,
  setWeight,
  pause,
  resume,
  approve: decide,
  deny: decide,
};
