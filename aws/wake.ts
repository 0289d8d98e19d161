import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Callbacks, Clock, EvidenceStore, RolloutChange, Rollouts, Sidecars } from '#rollouts/ports.ts';
import { proxyName } from '#rollouts/proxy-name.ts';
import type { AckProgress } from '#rollouts/required-sidecars.ts';
import type { Outcome, Rollout, Wait } from '#rollouts/rollout.ts';
import { progressOf, type Situation, settle } from '#rollouts/settle.ts';
import { callbacks } from './callbacks.ts';
import { stepFunctions } from './clients-sfn.ts';
import { evidenceStore } from './evidence-store.ts';
import { proxyStore } from './proxy-store.ts';
import { rolloutStore } from './rollout-store.ts';
import { table } from './table.ts';

/** What waking a rollout reads and answers through. */
export interface WakePorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'settleWait' | 'clearWait'>;
  readonly sidecars: Sidecars;
  readonly evidence: EvidenceStore;
  readonly callbacks: Callbacks;
  readonly now: Clock;
}

/**
 * Ends the rollout's wait if its facts say so. Whoever stores a fact, an acknowledgement or a wait calls it afterwards:
 * the last of them sees everything, so no order loses a wake-up; called once too often, it does nothing.
 */
export const waker = ({ rollouts, sidecars, evidence, callbacks, now }: WakePorts) => {
  /** How the wait ends, noted with the rollout where there is something to note; `undefined` while it does not, or not by us. */
  const settled = async (rollout: Rollout & { readonly wait: Wait }): Promise<Outcome | undefined> => {
    const situation = await situationOf(rollout, sidecars, evidence, now());
    const outcome = settle(situation);
    const noted = outcome && notes(rollout, situation, outcome);
    if (outcome === undefined || noted === undefined) return outcome;
    return (await rollouts.settleWait(rollout.id, rollout.wait.token, outcome, noted)) ? outcome : undefined;
  };

  return async (id: string): Promise<void> => {
    const rollout = await rollouts.get(id);
    if (rollout?.wait === undefined) return;
    const { token } = rollout.wait;
    const outcome = rollout.wait.outcome ?? (await settled({ ...rollout, wait: rollout.wait }));
    if (outcome === undefined) return;
    await callbacks.succeed(token, outcome);
    await rollouts.clearWait(id, token);
  };
};

/** {@link waker} on this function's environment. */
export function wake(id: string): Promise<void> {
  const items = table();
  return waker({
    rollouts: rolloutStore(items),
    sidecars: proxyStore(items),
    evidence: evidenceStore(items),
    callbacks: callbacks(stepFunctions),
    now: Date.now,
  })(id);
}

async function situationOf(
  rollout: Rollout & { readonly wait: Wait },
  sidecars: Sidecars,
  evidence: EvidenceStore,
  now: number,
): Promise<Situation> {
  const { wait, facts, node, policy } = rollout;
  const [tasks, since] = await Promise.all([
    Promise.all(watched(wait, node).map((proxy) => sidecars.of(proxy))),
    wait.name === 'green' ? reportingSince(rollout, evidence, now) : undefined,
  ]);
  return {
    wait,
    facts,
    now,
    sidecars: tasks.flat(),
    canary: rollout.deployment,
    stable: rollout.stable,
    holds: rollout.holds,
    baselineSeconds: policy.baselineSeconds,
    ...(since === undefined ? {} : { reportingSince: since }),
  };
}

/** Proxies whose tasks decide the wait: those that must confirm, else the node itself. */
function watched(wait: Wait, node: ProxyId): readonly ProxyId[] {
  if (wait.required === undefined) return [node];
  return [...new Map(wait.required.map(({ proxy }) => [proxyName(proxy), proxy])).values()];
}

/** When the last of the reporting sidecars began; a task's clock may be off, but never to before the rollout or after now. */
async function reportingSince({ id, startedAt }: Rollout, evidence: EvidenceStore, now: number) {
  const all = await evidence.all(id);
  if (all.length === 0) return undefined;
  const last = Math.max(...all.map((one) => one.evidence.since));
  return Math.min(now, Math.max(startedAt, last));
}

/** What the outcome adds to the record: who had confirmed the step, or weight 0; why steps were left out. */
function notes(rollout: Rollout, situation: Situation, { kind, reason }: Outcome): RolloutChange | undefined {
  const { name } = situation.wait;
  if (kind === 'stableGone' || kind === 'promote') return { reason };
  if (kind !== 'acked') return undefined;
  const confirmed = confirmedStep(rollout, progressOf(situation));
  if (name === 'acks' || name === 'lastAcks') return confirmed;
  const { lastAckAt } = progressOf(situation);
  if (name !== 'zeroAcks' || lastAckAt === undefined) return undefined;
  // A verdict may come before the step's own acknowledgements; whoever confirms weight 0 has left that step behind it.
  const step = rollout.steps.at(-1);
  const isLate = step !== undefined && step.ackedSidecars < step.requiredSidecars;
  return { zeroAckedAt: lastAckAt, ...(isLate ? confirmed : {}) };
}

/** The record with its last step confirmed by so many. */
function confirmedStep({ steps }: Rollout, { required, acked, lastAckAt }: AckProgress): RolloutChange | undefined {
  const step = steps.at(-1);
  if (step === undefined) return undefined;
  const at = lastAckAt === undefined ? {} : { lastAckAt };
  return { steps: [...steps.slice(0, -1), { ...step, requiredSidecars: required, ackedSidecars: acked, ...at }] };
}
