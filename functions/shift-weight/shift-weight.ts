import type { Split } from '#mesh/model/split.ts';
import { alarmReason } from '#rollouts/alarm-reason.ts';
import { type Failure, failureReason } from '#rollouts/failure-reason.ts';
import { summarize } from '#rollouts/judge.ts';
import { promotedSplit, rolledBackSplit, shiftedSplit, stepAt } from '#rollouts/plan.ts';
import type {
  Alarms,
  Announcer,
  Clock,
  EvidenceStore,
  MeshPush,
  RolloutChange,
  Rollouts,
  Sidecars,
  Splits,
} from '#rollouts/ports.ts';
import { requiredSidecars } from '#rollouts/required-sidecars.ts';
import type { Outcome, Rollout } from '#rollouts/rollout.ts';
import { endingOf } from '#rollouts/settle.ts';
import type { RequiredSidecar, StepRecord } from '#rollouts/types.ts';

/** What a shift reads and writes. */
export interface ShiftPorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'change'>;
  readonly splits: Splits;
  readonly sidecars: Sidecars;
  readonly push: MeshPush;
  readonly alarms: Alarms;
  readonly evidence: EvidenceStore;
  readonly announcer: Announcer;
  readonly now: Clock;
}

/** The three moves of a split. A `rollback` is given the state machine's word on why. */
export type ShiftInput =
  | { readonly rolloutId: string; readonly move: 'step'; readonly index: number }
  | { readonly rolloutId: string; readonly move: 'promote' }
  | { readonly rolloutId: string; readonly move: 'rollback'; readonly state: Failure };

/** `unrouted`: no sidecar has the node among its routes. Another kind than these two: a fact ends the rollout, nothing was written. */
export interface Shifted {
  readonly kind: 'shifted' | 'unrouted' | Outcome['kind'];
  readonly reason: string;
  /** The step that was taken and the one after it. */
  readonly index: number;
  readonly next: number;
  readonly isLast: boolean;
  /** How long the step is observed, or a rollback's sidecars are waited for. */
  readonly seconds: number;
}

/** Writes one split under the rollout's fence, pushes it, and fixes who has to confirm it. Safe to repeat. */
export const shiftWeight =
  (ports: ShiftPorts) =>
  async (input: ShiftInput): Promise<Shifted> => {
    const rollout = await ports.rollouts.get(input.rolloutId);
    if (rollout === undefined) return nothingToShift;
    if (input.move === 'step') return step(ports, rollout, input.index);
    return input.move === 'promote' ? promote(ports, rollout) : rollBack(ports, rollout, input.state);
  };

const noStep = { index: 0, next: 0, isLast: true, seconds: 1 } as const;
const nothingToShift: Shifted = { kind: 'unrouted', reason: 'No such rollout is stored.', ...noStep };

async function step(ports: ShiftPorts, rollout: Rollout, index: number): Promise<Shifted> {
  const { weight, seconds, isLast, index: at } = stepAt(rollout, index);
  const plan = { index: at, next: at + 1, isLast, seconds };
  const ending = endingOf(rollout.facts);
  if (ending !== undefined) return { ...plan, ...ending };
  const [firing, seen] = await Promise.all([alarmReason(ports.alarms, rollout.policy), ports.evidence.all(rollout.id)]);
  if (firing !== undefined) return { ...plan, kind: 'alarm', reason: firing };
  const appliedAt = ports.now();
  const required = await write(ports, rollout, shiftedSplit(rollout, weight));
  if (required.length === 0) return { ...plan, ...unrouted(rollout) };
  const { requests, failures } = summarize(
    seen.map((one) => one.evidence),
    rollout.policy,
  ).canary;
  const record: StepRecord = { weight, appliedAt, requiredSidecars: required.length, ackedSidecars: 0 };
  const steps = [...rollout.steps.filter((one) => one.weight !== weight), record];
  // Steps were left out: whoever asked for it is the reason.
  const isJump = at > rollout.steps.length;
  const reason = isJump ? rollout.reason : `${weight} % of the traffic goes to the canary.`;
  const change: RolloutChange = { weight, steps, required, reason, stepBase: { requests, failures } };
  await ports.rollouts.change(rollout.id, change);
  await ports.announcer.announce('Rollout Weight Shifted', { ...rollout, ...change });
  return { ...plan, kind: 'shifted', reason };
}

async function promote(ports: ShiftPorts, rollout: Rollout): Promise<Shifted> {
  const required = await write(ports, rollout, promotedSplit(rollout));
  await ports.rollouts.change(rollout.id, { weight: 100, required, phase: 'promoting' });
  return required.length === 0
    ? { ...noStep, ...unrouted(rollout) }
    : { ...noStep, kind: 'shifted', reason: 'The canary is the stable variant now.' };
}

async function rollBack(ports: ShiftPorts, rollout: Rollout, failure: Failure): Promise<Shifted> {
  const reason = failureReason(rollout, failure);
  // Never admitted, or the node's first revision: there is no other weight to go back to.
  if (rollout.fence === 0 || rollout.stable.includes(rollout.deployment)) {
    await ports.rollouts.change(rollout.id, { reason, phase: 'rollingBack' });
    return { ...noStep, kind: 'unrouted', reason };
  }
  const { node, fence } = rollout;
  const stored = ports.splits.change(node, fence, (split) => rolledBackSplit(rollout, split));
  const required = await spread(ports, rollout, stored);
  await ports.rollouts.change(rollout.id, { weight: 0, required, reason, phase: 'rollingBack' });
  const seconds = rollout.policy.rollbackAckSeconds;
  return { ...noStep, seconds, kind: required.length === 0 ? 'unrouted' : 'shifted', reason };
}

function write(ports: ShiftPorts, rollout: Rollout, split: Split): Promise<readonly RequiredSidecar[]> {
  return spread(ports, rollout, ports.splits.put(rollout.node, split, rollout.fence));
}

/** Pushes the split once it is stored, and names who has to confirm it. */
async function spread({ push, sidecars }: ShiftPorts, { node }: Rollout, stored: Promise<unknown>) {
  const [clients] = await Promise.all([push.clientsOf(node), stored]);
  const pushed = await push.push(clients);
  const tasks = await Promise.all(pushed.map(({ proxy }) => sidecars.of(proxy)));
  return requiredSidecars(pushed, tasks.flat());
}

function unrouted({ node }: Rollout): Pick<Shifted, 'kind' | 'reason'> {
  return { kind: 'unrouted', reason: `No running sidecar of mesh ${node.mesh} routes to ${node.name}.` };
}
