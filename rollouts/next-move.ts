import { haltOn, isExpired, latestHalt } from './halts.ts';
import type { Confidence } from './judge.ts';
import { isHandedOver, plannedSteps } from './plan.ts';
import type { Outcome, Rollout } from './rollout.ts';
import { endingOf } from './settle.ts';
import type { Gate, Halt, PlannedStep } from './types.ts';
import { opening } from './windows.ts';

/** What the state machine asks for: the index of a planned step (behind the last: the promotion), or a weight of somebody's own. */
export interface Ask {
  readonly next: number;
  /** Percent somebody asked for; `null` for the planned step's own. */
  readonly weight: number | null;
  /** How much the present step has to show before it is left: nothing when somebody said so, or it was asked before. */
  readonly check: 'evidence' | 'extended' | 'nothing';
}

/** What an execution starts with. */
export const firstStep: Ask = { next: 0, weight: null, check: 'nothing' };

/** Why CloudWatch's alarms forbid a weight: one fires, or the policy names one that does not exist. */
export interface AlarmTrouble {
  readonly kind: 'firing' | 'missing';
  readonly reason: string;
}

/** All that a move is decided by. */
export interface Position {
  readonly rollout: Rollout;
  readonly ask: Ask;
  /** Of the step it is in; absent where that asks for no evidence. */
  readonly confidence?: Confidence | undefined;
  readonly alarms?: AlarmTrouble | undefined;
  /** Percent that a dry run's canary is given. */
  readonly share?: number;
  readonly now: number;
}

/** What a rollout does next. Kinds that are an outcome's turn it back. */
export type Move =
  | { readonly kind: 'give'; readonly step: PlannedStep; readonly next: number; readonly reason: string }
  | { readonly kind: 'promote'; readonly reason: string }
  | { readonly kind: 'halt'; readonly halt: Halt; readonly reason: string }
  | { readonly kind: 'extend' | 'pause'; readonly seconds: number; readonly reason: string }
  | { readonly kind: Exclude<Outcome['kind'], 'promote' | 'pause'>; readonly reason: string };

type Check = (position: Position & { readonly steps: readonly PlannedStep[] }) => Move | undefined;

/** Decides what comes next, from what is written down alone: asked again, it answers the same. */
export function nextMove(position: Position): Move {
  const { rollout, ask, share } = position;
  const steps = plannedSteps(rollout, share);
  const checks = isUnchecked(rollout) ? [ending] : [ending, alarms, inconclusive, gates, windows];
  for (const check of checks) {
    const move = check({ ...position, steps });
    if (move !== undefined) return move;
  }
  const step = target(steps, ask);
  if (step === undefined) return { kind: 'promote', reason: 'The canary becomes the stable variant.' };
  const next = ask.weight === null ? ask.next + 1 : firstAbove(steps, ask.weight);
  return { kind: 'give', step, next, reason: givenReason(step) };
}

/** Handed over or looked at only: no verdict or alarm turns it back, and no gate or window holds it. */
export const isUnchecked = (rollout: Rollout): boolean => isHandedOver(rollout) || rollout.policy.dryRun;

const hasStarted = ({ steps }: Pick<Rollout, 'steps'>): boolean => steps.length > 0;

const ending: Check = ({ rollout }) => endingOf(rollout.facts, isUnchecked(rollout));

const alarms: Check = ({ rollout, alarms: trouble, now }) => {
  if (trouble === undefined) return undefined;
  const { alarmWaitSeconds } = rollout.policy;
  const refused: Move = { kind: 'alarm', reason: trouble.reason };
  if (trouble.kind === 'missing' || alarmWaitSeconds === undefined || hasStarted(rollout)) return refused;
  const since = haltOn(rollout, 'alarms')?.since ?? now;
  const until = Math.min(since + alarmWaitSeconds * 1000, latestHalt(rollout));
  const halt: Halt = { on: 'alarms', since, until, reason: trouble.reason };
  return isExpired(halt, now) ? refused : { kind: 'halt', halt, reason: trouble.reason };
};

/** The present step has run out of time without enough to show: the policy says what that means. */
const inconclusive: Check = ({ rollout, ask, confidence }) => {
  const { step, policy } = rollout;
  if (ask.check === 'nothing' || step === undefined || confidence?.kind !== 'inconclusive') return undefined;
  const reason = `${step.weight} % was inconclusive: ${confidence.reason}.`;
  const again = { seconds: step.maxSeconds, reason };
  const meant = policy.onInconclusive === 'extend' && ask.check === 'extended' ? 'pause' : policy.onInconclusive;
  if (meant === 'promote') return undefined;
  return meant === 'rollback' ? { kind: 'failing', reason } : { kind: meant, ...again };
};

/** Every gate on the way up to where somebody, or the plan, wants to go; the first that nobody has opened. */
const gates: Check = ({ rollout, ask, steps, now }) => {
  for (const [place, gate] of gatesBefore(rollout, ask, steps)) {
    const move = atGate(rollout, place, gate, now);
    if (move !== undefined) return move;
  }
  return undefined;
};

function gatesBefore(rollout: Rollout, ask: Ask, steps: readonly PlannedStep[]): readonly (readonly [string, Gate])[] {
  const { start, promotion } = rollout.policy.gates;
  const wanted = ask.weight;
  const passed = steps.filter((one, i) => (wanted === null ? i <= ask.next : isBelow(one, wanted)));
  const onTheWay = passed.flatMap(({ gate, place }) => (gate === undefined ? [] : [[`${place}.gate`, gate] as const]));
  const isPromotion = wanted === null && ask.next >= steps.length;
  return [
    ...(start === undefined ? [] : [['gates.start', start] as const]),
    ...onTheWay,
    ...(promotion === undefined || !isPromotion ? [] : [['gates.promotion', promotion] as const]),
  ];
}

const isBelow = ({ mode, weight }: PlannedStep, wanted: number): boolean => mode !== 'traffic' || weight <= wanted;

function atGate(rollout: Rollout, on: string, gate: Gate, now: number): Move | undefined {
  const known = haltOn(rollout, on);
  if (known?.end === 'approved') return undefined;
  if (known?.end === 'denied') return { kind: 'denied', reason: `${known.actor ?? 'Somebody'} denied ${on}.` };
  const since = known?.since ?? now;
  const until = known?.until ?? Math.min(now + gate.expirySeconds * 1000, latestHalt(rollout));
  const reason = `${on} waits for an approval.`;
  const halt: Halt = { on, since, until, reason, ...(gate.approvers && { approvers: gate.approvers }) };
  if (!isExpired(halt, now)) return { kind: 'halt', halt, reason };
  if (gate.onExpiry === 'approve') return undefined;
  return { kind: 'denied', reason: `Nobody approved ${on} in time.` };
}

const windows: Check = ({ rollout, now }) => {
  if (hasStarted(rollout)) return undefined;
  const open = opening(rollout.policy, now);
  if (open.isOpen) return undefined;
  const latest = latestHalt(rollout);
  const halt: Halt = { on: 'window', since: now, until: Math.min(open.at ?? latest, latest), reason: open.reason };
  if (now < latest) return { kind: 'halt', halt, reason: open.reason };
  return { kind: 'failing', reason: `${open.reason} ECS holds the deployment no longer.` };
};

function target(steps: readonly PlannedStep[], { next, weight }: Ask): PlannedStep | undefined {
  if (weight === null) return steps[next];
  const last = steps.at(-1);
  if (last === undefined || weight >= 100) return last;
  const { gate, ...present } = steps[Math.max(0, Math.min(next, steps.length) - 1)] ?? last;
  // Nothing can be shown by no request.
  const minRequests = weight === 0 ? 0 : present.minRequests;
  return { ...present, mode: 'traffic', weight, minRequests, isLast: false, place: 'setWeight' };
}

/** Index of the first step that gives more. */
function firstAbove(steps: readonly PlannedStep[], weight: number): number {
  const index = steps.findIndex((step) => step.mode === 'traffic' && step.weight > weight);
  return index === -1 ? steps.length : index;
}

function givenReason({ mode, weight, place }: PlannedStep): string {
  if (place === 'dryRun') return `Dry run: the canary keeps the ${weight} % that its tasks would have anyway.`;
  if (mode === 'mirror') return `Copies of ${weight} % of the requests go to the canary.`;
  return `${weight} % of the ${mode === 'audience' ? 'audience’s requests' : 'traffic'} goes to the canary.`;
}
