import { alarmTrouble } from '#rollouts/alarm-trouble.ts';
import { endedHalts, halted, haltOn, isExpired, latestHalt } from '#rollouts/halts.ts';
import { confidence } from '#rollouts/judge.ts';
import { type Ask, isUnchecked, type Move, nextMove } from '#rollouts/next-move.ts';
import { needsEvidence } from '#rollouts/plan.ts';
import type { Alarms, Turns } from '#rollouts/policy-ports.ts';
import type { Announcer, Clock, RolloutChange, Rollouts, TrafficShift } from '#rollouts/ports.ts';
import type { CommandFact, Rollout, WaitName } from '#rollouts/rollout.ts';
import { seenBefore, withEvidence } from '#rollouts/step-evidence.ts';
import type { Summary } from '#rollouts/summary.ts';
import type { Halt, PlannedStep, RequiredSidecar, StepRecord } from '#rollouts/types.ts';
import { type Shifted, unrouted, unwatched } from './shifted.ts';

/** What the state machine asks for; the rest of what the last step answered comes along unread. */
export type StepAsk = Ask;

/** What a step reads and writes. */
export interface StepPorts {
  readonly rollouts: Pick<Rollouts, 'change' | 'record' | 'forget'>;
  readonly traffic: TrafficShift;
  readonly turns: Turns;
  readonly alarms: Alarms;
  readonly announcer: Announcer;
  readonly now: Clock;
}

/** The rollout, what was seen of it, and what is asked for: what every part of a step needs. */
interface Here {
  readonly rollout: Rollout;
  readonly summary: Summary;
  readonly ask: Ask;
}

type Given = Extract<Move, { kind: 'give' }>;

/** Takes the next step of a rollout: a weight, a wait before it, the promotion, or the way back. */
export async function takeStep(ports: StepPorts, rollout: Rollout, summary: Summary, ask: Ask): Promise<Shifted> {
  const { step, policy, stepBase } = rollout;
  const position = {
    rollout,
    ask,
    now: ports.now(),
    alarms: isUnchecked(rollout) ? undefined : await alarmTrouble(ports.alarms, policy),
    confidence: step && needsEvidence(step, policy) ? confidence(summary, policy, step, stepBase) : undefined,
    ...(policy.dryRun ? { share: await ports.traffic.naturalShare(rollout) } : {}),
  };
  const here = { rollout, summary, ask };
  const move = nextMove(position);
  if (move.kind === 'give') return give(ports, here, move as Given);
  if (move.kind === 'promote') return promote(ports, here, move.reason);
  if ('halt' in move) return halt(ports, here, move.halt);
  if ('seconds' in move) return again(ports, here, move);
  return { ...unwatched, kind: move.kind, reason: move.reason };
}

async function give(ports: StepPorts, here: Here, { step, next, reason }: Given): Promise<Shifted> {
  const { rollout, summary } = here;
  const queued = await queue(ports, rollout);
  if (queued !== undefined) return queued.isOver ? lateTurn : halt(ports, here, queued.halt);
  const appliedAt = ports.now();
  const required = await ports.traffic.give(rollout, step.weight, step.mode);
  if (required.length === 0) return { ...unwatched, ...unrouted(rollout) };
  const { requests, failures } = summary.canary;
  const steps = recorded(withEvidence(rollout, summary), step, appliedAt, required);
  const change: RolloutChange = {
    weight: step.weight,
    steps,
    step: { ...step, before: seenBefore(summary) },
    stepBase: { requests, failures },
    halts: endedHalts(rollout, appliedAt),
    required,
    reason,
  };
  const isNew = steps.length > rollout.steps.length;
  await ports.rollouts.change(rollout.id, change, isNew ? { at: appliedAt, what: 'weight', note: reason } : undefined);
  for (const fact of comeTrue(rollout, step)) await ports.rollouts.forget(rollout.id, fact);
  await ports.announcer.announce('Rollout Weight Shifted', { ...rollout, ...change });
  const seconds = needsEvidence(step, rollout.policy) ? step.maxSeconds : step.seconds;
  return { kind: 'shifted', reason, next, weight: null, check: 'evidence', wait: waitOf(step), seconds };
}

async function promote(ports: StepPorts, { rollout, summary }: Here, reason: string): Promise<Shifted> {
  const steps = withEvidence(rollout, summary);
  const required = await ports.traffic.promote(rollout);
  const halts = endedHalts(rollout, ports.now());
  await ports.rollouts.change(rollout.id, { weight: 100, required, steps, halts, phase: 'promoting' });
  return { ...unwatched, kind: required.length === 0 ? 'unseen' : 'promoted', reason };
}

async function halt({ rollouts, now }: StepPorts, { rollout, ask }: Here, halt: Halt): Promise<Shifted> {
  const { on, reason, until } = halt;
  const at = now();
  const entry = haltOn(rollout, on) === undefined ? { at, what: 'halted', note: reason } : undefined;
  await rollouts.change(rollout.id, { halts: halted(rollout, halt), reason }, entry);
  const seconds = Math.max(1, Math.ceil((until - at) / 1000));
  return { kind: 'watch', reason, next: ask.next, weight: ask.weight, check: 'nothing', wait: waitOn(on), seconds };
}

/** Words that the step fulfils. */
function comeTrue({ facts: { full, setWeight } }: Rollout, { isLast, weight }: PlannedStep): readonly CommandFact[] {
  return [...(full && isLast ? [full] : []), ...(setWeight?.weight === weight ? [setWeight] : [])];
}

/** The same step once more: at once, or after somebody has looked at it. */
async function again(ports: StepPorts, { rollout, ask }: Here, move: Extract<Move, { seconds: number }>) {
  const { kind, reason, seconds } = move;
  const wait = rollout.step === undefined ? 'observe' : waitOf(rollout.step);
  if (kind === 'pause') await ports.rollouts.record(rollout.id, { kind: 'pause', at: ports.now(), actor: 'Weir' });
  await ports.rollouts.change(rollout.id, { reason });
  const asked = { next: ask.next, weight: ask.weight, check: 'extended', wait, seconds, reason } as const;
  return { ...asked, kind: kind === 'pause' ? ('pause' as const) : ('watch' as const) };
}

/** Where the mesh lets so many rollouts go at once and this is none of them: it waits. */
async function queue({ turns, now }: StepPorts, rollout: Rollout) {
  const { concurrency } = rollout.policy;
  if (concurrency === undefined || isUnchecked(rollout) || rollout.steps.length > 0) return undefined;
  if (await turns.take(rollout.node, rollout.id, concurrency.maxRollouts)) return undefined;
  const at = now();
  const reason = `${concurrency.maxRollouts} rollouts of mesh ${rollout.node.mesh} are under way: it waits for its turn.`;
  const halt: Halt = { on: 'turn', since: at, until: latestHalt(rollout), reason };
  return { halt, isOver: isExpired(halt, at) };
}

const lateTurn: Shifted = {
  ...unwatched,
  kind: 'failing',
  reason: 'Its turn did not come for as long as ECS holds the deployment.',
};

/** The records with this step's at their end; a step taken again takes its own place. */
function recorded(
  steps: readonly StepRecord[],
  { weight, mode }: PlannedStep,
  appliedAt: number,
  required: readonly RequiredSidecar[],
): readonly StepRecord[] {
  const last = steps.at(-1);
  const isRepeat = last?.ackedSidecars === 0 && last.weight === weight && (last.mode ?? 'traffic') === mode;
  const record = { weight, appliedAt, requiredSidecars: required.length, ackedSidecars: 0 };
  return [...(isRepeat ? steps.slice(0, -1) : steps), mode === 'traffic' ? record : { ...record, mode }];
}

const waitOf = ({ isLast }: PlannedStep): WaitName => (isLast ? 'bake' : 'observe');

const waitOn = (on: string): WaitName => (on === 'alarms' || on === 'window' || on === 'turn' ? on : 'gate');
