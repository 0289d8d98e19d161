import type { Alarms } from './ports.ts';
import type { Policy } from './types.ts';

/** One sentence when an alarm of the policy is in ALARM, else `undefined`. */
export async function alarmReason(alarms: Alarms, { alarms: names }: Policy): Promise<string | undefined> {
  if (names.length === 0) return undefined;
  const [first, ...more] = await alarms.firing(names);
  if (first === undefined) return undefined;
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return `Alarm ${first.name} is in ALARM${others}: ${first.reason}`;
}
