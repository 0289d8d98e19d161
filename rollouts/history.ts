import type { Fact } from './rollout.ts';
import type { HistoryEntry } from './types.ts';

/** A rollout's whole life takes tens of lines; whoever says more than this is refused, for the item has an end. */
export const MOST_HISTORY = 1000;

/** A fact as a line of history. */
export function historyOf(fact: Fact): HistoryEntry {
  const { kind: what, at } = fact;
  const actor = 'actor' in fact ? { actor: fact.actor } : {};
  const note = noteOf(fact);
  return { at, what, ...actor, ...(note === undefined ? {} : { note }) };
}

function noteOf(fact: Fact): string | undefined {
  if ('reason' in fact) return fact.reason;
  if (fact.kind === 'setWeight') return `${fact.weight} %`;
  if (fact.kind === 'approve' || fact.kind === 'deny') return fact.gate;
  return fact.kind === 'superseded' ? `by ${fact.by}` : undefined;
}
