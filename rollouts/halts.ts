import { MAX_HOLD_SECONDS } from './gate-schema.ts';
import type { Rollout } from './rollout.ts';
import type { Halt } from './types.ts';

/** Weir gives up so long before ECS would, so that the way back is Weir's: weights first. */
const BEFORE_ECS_MS = 60_000;
/** Step Functions and functions do not have one clock. */
const CLOCK_MS = 1000;

type Halted = Pick<Rollout, 'halts' | 'startedAt' | 'facts'>;

/** The halt it stands at now. */
export function openHalt({ halts }: Pick<Rollout, 'halts'>): Halt | undefined {
  const last = halts.at(-1);
  return last?.end === undefined ? last : undefined;
}

/** The last halt for this. */
export function haltOn({ halts }: Pick<Rollout, 'halts'>, on: string): Halt | undefined {
  return halts.findLast((halt) => halt.on === on);
}

/** Whether nobody waits any longer. */
export const isExpired = ({ until }: Halt, now: number): boolean => now >= until - CLOCK_MS;

/** The latest that a rollout may stand still (epoch milliseconds): a minute before ECS's hook ends by itself. */
export function latestHalt({ startedAt, facts }: Pick<Halted, 'startedAt' | 'facts'>): number {
  const longest = startedAt + MAX_HOLD_SECONDS * 1000;
  const hook = facts.hook?.expiresAt;
  return hook === undefined ? longest : Math.min(longest, hook - BEFORE_ECS_MS);
}

/** Halts with this one added; standing at it already changes nothing but how long. */
export function halted({ halts }: Pick<Rollout, 'halts'>, halt: Halt): readonly Halt[] {
  const open = openHalt({ halts });
  if (open === undefined) return [...halts, halt];
  if (open.on === halt.on) return [...halts.slice(0, -1), { ...open, until: halt.until, reason: halt.reason }];
  return [...ended({ halts }, { end: 'over', endedAt: halt.since }), halt];
}

/** Halts with the open one ended, if there is one. */
export function ended(
  { halts }: Pick<Rollout, 'halts'>,
  end: Pick<Halt, 'end' | 'endedAt' | 'actor'>,
): readonly Halt[] {
  const open = openHalt({ halts });
  return open === undefined ? halts : [...halts.slice(0, -1), { ...open, ...end }];
}

/** Halts of a rollout that goes on: the open one is over, or nobody had said a word at it. */
export function endedHalts({ halts }: Pick<Rollout, 'halts'>, now: number): readonly Halt[] {
  const open = openHalt({ halts });
  if (open === undefined) return halts;
  const isGate = open.on.includes('gate');
  return ended({ halts }, { end: isGate && isExpired(open, now) ? 'expired' : 'over', endedAt: now });
}
