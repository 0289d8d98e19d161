import type { AlarmTrouble } from './next-move.ts';
import type { Alarms } from './policy-ports.ts';
import type { Policy } from './types.ts';

/** What the policy's alarms have against a canary: one that does not exist guards nothing, one in ALARM forbids it. */
export async function alarmTrouble(
  alarms: Alarms,
  { alarms: names }: Pick<Policy, 'alarms'>,
): Promise<AlarmTrouble | undefined> {
  if (names.length === 0) return undefined;
  const found = await alarms.of(names);
  const known = new Set(found.map(({ name }) => name));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0)
    return { kind: 'missing', reason: `The policy’s alarm ${missing.join(', ')} does not exist: it guards nothing.` };
  const [first, ...more] = found.filter(({ isFiring }) => isFiring);
  if (first === undefined) return undefined;
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return { kind: 'firing', reason: `Alarm ${first.name} is in ALARM${others}: ${first.reason}` };
}
