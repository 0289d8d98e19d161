import type { Clock } from '#rollouts/ports.ts';
import type { Fact, Rollout } from '#rollouts/rollout.ts';
import type { AlarmDetail } from './event-schemas.ts';

/** What an alarm touches. */
export interface AlarmEventPorts {
  readonly running: () => Promise<readonly Rollout[]>;
  readonly recordFact: (rollout: string, fact: Fact) => Promise<void>;
  readonly wake: (rollout: string) => Promise<void>;
  readonly now: Clock;
}

/** The bus gives whole seconds. */
const CLOCK_MS = 1000;

/**
 * Tells each running rollout whose policy names the alarm that it fires. An event may come hours late: what it tells of the time
 * before a rollout is not that rollout's fault, and an alarm that still fires at its start is found by its admission.
 */
export const alarmEvent =
  ({ running, recordFact, wake, now }: AlarmEventPorts) =>
  async ({ alarmName, state }: AlarmDetail, firedAt: number): Promise<void> => {
    if (state.value !== 'ALARM') return;
    const watching = (await running())
      .filter(({ policy }) => policy.alarms.includes(alarmName))
      .filter(({ startedAt }) => !(firedAt + CLOCK_MS <= startedAt));
    const fact: Fact = { kind: 'alarm', at: now(), reason: `Alarm ${alarmName} is in ALARM: ${state.reason}` };
    for (const { id } of watching) {
      await recordFact(id, fact);
      await wake(id);
    }
  };
