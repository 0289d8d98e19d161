import type { Confidence } from './judge.ts';
import type { Sidecar } from './ports.ts';
import { type AckProgress, ackProgress, isConfirmed } from './required-sidecars.ts';
import type { FactKind, Facts, Hold, Outcome, OutcomeKind, Wait, WaitName } from './rollout.ts';
import { hasLasted } from './step-end.ts';
import type { Halt, PlannedStep } from './types.ts';

/** All a wait is judged by; the order in which the parts came about leaves no trace in it. */
export interface Situation {
  readonly wait: Wait;
  readonly facts: Facts;
  /** Tasks of the proxies the wait looks at: the required ones, or the virtual node's own. */
  readonly sidecars: readonly Sidecar[];
  /** Epoch milliseconds. */
  readonly now: number;
  /** `ecs-svc/…` of the canary and of the stable variant. */
  readonly canary: string;
  readonly stable: readonly string[];
  readonly holds: Hold | undefined;
  /** No verdict and no alarm turns the rollout back: it is handed over, or a dry run. */
  readonly isUnchecked: boolean;
  /** Seconds of baseline the policy asks for, and since when (epoch milliseconds) every reporting sidecar reports. */
  readonly baselineSeconds: number;
  readonly reportingSince?: number;
  /** How many steps were given. */
  readonly given: number;
  readonly step?: PlannedStep;
  /** Where the step asks for evidence: whether it has shown enough. */
  readonly confidence?: Confidence;
  /** Where it stands still. */
  readonly halt?: Halt;
  /** Whether what `alarms` and `turn` wait for has come. */
  readonly isClear?: boolean;
}

/** Why a wait ends. */
type Ending = Pick<Outcome, 'kind' | 'reason'> & Partial<Pick<Outcome, 'seconds' | 'weight'>>;
/** What ends a rollout, too. */
interface Fatal {
  readonly kind: 'superseded' | 'rollback' | 'failing' | 'alarm';
  readonly reason: string;
}
type Check = (situation: Situation) => Ending | undefined;
type FactCheck = (situation: Pick<Situation, 'facts' | 'isUnchecked'>) => Fatal | undefined;

/**
 * What ends the wait now, if anything. A rollback's own waits end by acknowledgement or a newer deployment alone;
 * every other wait ends at once for whatever ends the rollout.
 */
export function settle(situation: Situation): Outcome | undefined {
  for (const check of checks[situation.wait.name]) {
    const ending = check(situation);
    if (ending !== undefined) return { seconds: 1, weight: 0, ...ending, wait: situation.wait.name };
  }
  return undefined;
}

const superseded: FactCheck = ({ facts }) =>
  facts.superseded && { kind: 'superseded', reason: lossOf(facts.superseded) };

/** Who has taken over, in one sentence. */
export function lossOf({ by, reason }: NonNullable<Facts['superseded']>): string {
  return reason ?? `Rollout ${by} of a newer deployment took over.`;
}

const failing: FactCheck = ({ facts: { verdict, ended }, isUnchecked }) => {
  const fact = (isUnchecked ? undefined : verdict) ?? ended;
  return fact && { kind: 'failing', reason: fact.reason };
};

const alarm: FactCheck = ({ facts, isUnchecked }) =>
  facts.alarm && !isUnchecked ? { kind: 'alarm', reason: facts.alarm.reason } : undefined;

const rollback: FactCheck = ({ facts }) =>
  facts.rollback && { kind: 'rollback', reason: `${facts.rollback.actor} asked for a rollback.` };

/** At 100 % there is no more to go to than the promotion. */
const full: Check = ({ facts, step, wait }) =>
  facts.full && {
    kind: step?.isLast || wait.name === 'bake' ? 'promote' : 'full',
    reason: `${facts.full.actor} asked for full promotion.`,
  };

/** Not in the bake of a service whose stable tasks are gone: there is nothing to divide with. */
const setWeight: Check = ({ facts: { setWeight: word }, wait, step }) =>
  word && (wait.name !== 'bake' || step?.isLast)
    ? { kind: 'setWeight', weight: word.weight, reason: `${word.actor} asked for ${word.weight} %.` }
    : undefined;

const promote: Check = ({ facts, given }) =>
  facts.promote?.step === given
    ? { kind: 'promote', reason: `${facts.promote.actor} asked for promotion.` }
    : undefined;

const skip: Check = ({ facts, given }) =>
  facts.skip?.step === given ? { kind: 'skip', reason: `${facts.skip.actor} left a step out.` } : undefined;

const pause: Check = ({ facts, wait, now }) =>
  facts.pause && {
    kind: 'pause',
    reason: `${facts.pause.actor} paused the rollout.`,
    seconds: secondsLeft(wait.seconds, wait.since, now),
  };

const resume: Check = ({ facts }) => (facts.pause ? undefined : { kind: 'resume', reason: 'The rollout was resumed.' });

/** A step that asks for evidence has it, and has lasted its shortest time. */
const stepDone: Check = ({ step, confidence, wait, now }) => {
  if (step === undefined || confidence?.kind !== 'confident' || (wait.name === 'bake' && !step.isLast))
    return undefined;
  return hasLasted(step, wait, now)
    ? { kind: 'stepDone', reason: `The step has shown enough: ${confidence.reason}.` }
    : undefined;
};

const denied: Check = ({ facts: { deny }, halt }) =>
  deny !== undefined && deny.gate === halt?.on
    ? { kind: 'denied', reason: `${deny.actor} denied ${deny.gate}.` }
    : undefined;

const approved: Check = ({ facts: { approve }, halt }) =>
  approve !== undefined && approve.gate === halt?.on
    ? { kind: 'cleared', reason: `${approve.actor} approved ${approve.gate}.` }
    : undefined;

const cleared: Check = ({ isClear, halt }) =>
  isClear ? { kind: 'cleared', reason: `${halt?.on ?? 'What it waited for'} is over.` } : undefined;

const rejected: Check = (situation) => {
  const refusal = progressOf(situation).rejected;
  return refusal && { kind: 'rejected', reason: `Envoy of task ${refusal.task} refused the change: ${refusal.text}` };
};

const acked: Check = (situation) => {
  const progress = progressOf(situation);
  if (!isConfirmed(progress)) return undefined;
  return { kind: 'acked', reason: `All ${progress.required} sidecars confirmed.` };
};

/** Green: each canary task is ready and, where ECS pauses, it does so now; a rolling service has at least one to look at. */
const green: Check = (situation) => {
  const { facts, holds, baselineSeconds, reportingSince, now } = situation;
  const tasks = wantedOf(situation, [situation.canary]);
  const ready = tasks.filter((task) => task.ready).length;
  const isGreen = holds === 'pauseHook' ? isScaledUp(facts) && ready === tasks.length : true;
  if (!isGreen || ready === 0) return undefined;
  const seconds = secondsLeft(baselineSeconds, reportingSince ?? now, now);
  return { kind: 'green', reason: `${ready} of ${tasks.length} tasks of the canary are ready.`, seconds };
};

/** ECS pauses with green at full scale: a hook at an earlier stage is somebody else's gate. */
function isScaledUp({ hook }: Facts): boolean {
  return hook !== undefined && hook.stage !== 'RECONCILE_SERVICE' && hook.stage !== 'PRE_SCALE_UP';
}

/** A rolling service only: ECS has replaced every stable task before Weir was done. */
const stableGone: Check = (situation) => {
  if (situation.holds !== 'guardedRolling' || situation.stable.length === 0) return undefined;
  const canaryReady = wantedOf(situation, [situation.canary]).some((task) => task.ready);
  const stableReady = wantedOf(situation, situation.stable).some((task) => task.ready);
  if (stableReady || !canaryReady) return undefined;
  return {
    kind: 'stableGone',
    reason:
      'ECS has replaced every stable task: nothing is left to compare the canary with, and all traffic goes to it.',
  };
};

const canaryGone: Check = (situation) =>
  wantedOf(situation, [situation.canary]).some((task) => task.ready)
    ? undefined
    : { kind: 'failing', reason: 'No task of the canary is ready any more.' };

/** What ends a rollout whatever it is doing, the most binding first. */
const endings: readonly FactCheck[] = [superseded, rollback, failing, alarm];

/** The fact that ends the rollout, if there is one: asked before a weight is raised. */
export function endingOf(facts: Facts, isUnchecked: boolean): Fatal | undefined {
  for (const check of endings) {
    const ending = check({ facts, isUnchecked });
    if (ending !== undefined) return ending;
  }
  return undefined;
}

/** What moves a rollout on, the farthest first. */
const onward: readonly Check[] = [full, setWeight, promote, skip];
const alive: readonly Check[] = [...endings, canaryGone];

const checks: Readonly<Record<WaitName, readonly Check[]>> = {
  green: [...endings, stableGone, green],
  baseline: [...alive, stableGone, ...onward],
  acks: [...endings, rejected, acked],
  lastAcks: [...endings, rejected, acked],
  observe: [...alive, stableGone, ...onward, pause, stepDone],
  alarms: [...alive, stableGone, cleared],
  window: [...alive, stableGone],
  turn: [...alive, stableGone, cleared],
  gate: [...alive, stableGone, denied, approved],
  paused: [...alive, ...onward, resume],
  bake: [...alive, ...onward, pause, stepDone],
  promoteAcks: [...endings, rejected, acked],
  zeroAcks: [superseded, acked],
  heal: [rejected, acked],
};

/**
 * Facts that a wait uses up when they end it: what moves a rollout on takes a pause back, too. `full` and `setWeight` stay until
 * their weight is given, so that none is lost to a wait that times out at the same moment.
 */
const used: Readonly<Partial<Record<OutcomeKind, readonly FactKind[]>>> = {
  promote: ['promote', 'full', 'pause'],
  skip: ['skip', 'pause'],
  full: ['promote', 'skip', 'pause'],
  setWeight: ['promote', 'skip', 'pause'],
};

/** Facts that this outcome uses up. */
export const usedUp = (kind: OutcomeKind): readonly FactKind[] => used[kind] ?? [];

/** Who has confirmed, as the situation's wait counts it. */
export function progressOf({ wait, sidecars }: Pick<Situation, 'wait' | 'sidecars'>): AckProgress {
  return ackProgress(wait.required ?? [], sidecars, wait.name === 'lastAcks');
}

function wantedOf({ sidecars }: Situation, deployments: readonly string[]): readonly Sidecar[] {
  return sidecars.filter(({ wanted, deployment }) => wanted && deployments.includes(deployment));
}

function secondsLeft(seconds: number, since: number, now: number): number {
  return Math.max(1, Math.ceil(seconds - (now - since) / 1000));
}
