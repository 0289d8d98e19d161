import type { Clock, Executions } from '#rollouts/ports.ts';
import type { Fact, Rollout } from '#rollouts/rollout.ts';
import type { AlarmDetail } from './event-schemas.ts';

/** What an alarm touches. */
export interface AlarmEventPorts {
  readonly running: () => Promise<readonly Rollout[]>;
  /** The newest rollouts that ended promoted. */
  readonly promoted: () => Promise<readonly Rollout[]>;
  readonly executions: Pick<Executions, 'startHeal'>;
  readonly recordFact: (rollout: string, fact: Fact) => Promise<void>;
  readonly wake: (rollout: string) => Promise<void>;
  readonly now: Clock;
}

/** The bus gives whole seconds. */
const CLOCK_MS = 1000;

/**
 * Tells each running rollout whose policy names the alarm that it fires. An event may come hours late: what it tells of the time
 * before a rollout is not that rollout's fault, and an alarm that still fires at its start is found by its admission. What was
 * promoted a short while ago is taken back.
 */
export const alarmEvent =
  (ports: AlarmEventPorts) =>
  async ({ alarmName, state }: AlarmDetail, firedAt: number): Promise<void> => {
    if (state.value !== 'ALARM') return wakeWaiting(ports, alarmName);
    const reason = `Alarm ${alarmName} is in ALARM: ${state.reason}`;
    const names = ({ policy }: Rollout): boolean => policy.alarms.includes(alarmName);
    const [running, promoted] = await Promise.all([ports.running(), ports.promoted()]);
    for (const rollout of running.filter(names)) if (concerns(rollout, firedAt)) await tell(ports, rollout, reason);
    for (const rollout of promoted.filter(names))
      if (isWatched(rollout, firedAt)) await takeBack(ports, rollout, reason);
  };

/** A rollout may wait, before its first weight, for an alarm to be over: one that fires then is no verdict on its canary. */
function concerns({ startedAt, steps, policy }: Rollout, firedAt: number): boolean {
  const isPatient = policy.alarmWaitSeconds !== undefined && steps.length === 0;
  return !isPatient && !(firedAt + CLOCK_MS <= startedAt);
}

async function wakeWaiting({ running, wake }: AlarmEventPorts, alarm: string): Promise<void> {
  const waiting = (await running()).filter(
    ({ wait, policy }) => wait?.name === 'alarms' && policy.alarms.includes(alarm),
  );
  for (const { id } of waiting) await wake(id);
}

async function tell({ recordFact, wake, now }: AlarmEventPorts, { id }: Rollout, reason: string): Promise<void> {
  const fact: Fact = { kind: 'alarm', at: now(), reason };
  await recordFact(id, fact);
  await wake(id);
}

/**
 * An alarm that fired before the promotion did not fire because of it: the bake would have met it. A way back is not watched: its
 * own way back would be to what it fled from, and so for ever. Moved routes have no deployment to take back; a dry run acts on nothing.
 */
function isWatched({ kind, endedAt = 0, policy }: Rollout, firedAt: number): boolean {
  if (kind !== 'release' || policy.dryRun) return false;
  return firedAt + CLOCK_MS > endedAt && firedAt <= endedAt + policy.watchSeconds * 1000;
}

/** Once, however many alarms of it fire: the repair has the rollout's name. */
function takeBack({ executions }: AlarmEventPorts, { id }: Rollout, reason: string): Promise<void> {
  return executions.startHeal(`back-${id}`, { kind: 'regression', rolloutId: id, reason });
}
