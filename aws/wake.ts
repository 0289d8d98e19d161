import type { Callbacks, Rollouts } from '#rollouts/ports.ts';
import type { Outcome } from '#rollouts/rollout.ts';
import { settle, usedUp } from '#rollouts/settle.ts';
import { wakeNotes } from '#rollouts/wake-notes.ts';
import { alarms } from './alarms.ts';
import { callbacks } from './callbacks.ts';
import { cloudWatch } from './clients-cloudwatch.ts';
import { stepFunctions } from './clients-sfn.ts';
import { evidenceStore } from './evidence-store.ts';
import { proxyStore } from './proxy-store.ts';
import { rolloutStore } from './rollout-store.ts';
import { type SituationPorts, situationOf, type Waiting } from './situation.ts';
import { table } from './table.ts';
import { turnStore } from './turn-store.ts';

/** What waking a rollout reads and answers through. */
export interface WakePorts extends SituationPorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'settleWait' | 'clearWait'>;
  readonly callbacks: Callbacks;
}

/**
 * Ends the rollout's wait if its facts say so. Whoever stores a fact, an acknowledgement or a wait calls it afterwards:
 * the last of them sees everything, so no order loses a wake-up; called once too often, it does nothing.
 */
export const waker = (ports: WakePorts) => {
  const { rollouts, callbacks } = ports;
  /** How the wait ends, noted with the rollout where there is something to note; `undefined` while it does not, or not by us. */
  const settled = async (rollout: Waiting): Promise<Outcome | undefined> => {
    const situation = await situationOf(ports, rollout);
    const outcome = settle(situation);
    const noted = outcome && wakeNotes(rollout, situation, outcome);
    if (outcome === undefined || (noted === undefined && usedUp(outcome.kind).length === 0)) return outcome;
    return (await rollouts.settleWait(rollout.id, rollout.wait.token, outcome, noted ?? {})) ? outcome : undefined;
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
    turns: turnStore(items),
    alarms: alarms(cloudWatch),
    callbacks: callbacks(stepFunctions),
    now: Date.now,
  })(id);
}
