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

/** Tells each running rollout whose policy names the alarm that it fires. */
export const alarmEvent =
  ({ running, recordFact, wake, now }: AlarmEventPorts) =>
  async ({ alarmName, state }: AlarmDetail): Promise<void> => {
    if (state.value !== 'ALARM') return;
    const watching = (await running()).filter(({ policy }) => policy.alarms.includes(alarmName));
    const fact: Fact = { kind: 'alarm', at: now(), reason: `Alarm ${alarmName} is in ALARM: ${state.reason}` };
    for (const { id } of watching) {
      await recordFact(id, fact);
      await wake(id);
    }
  };
