import type { Command } from 'commander';
import { sayTo, type VerbOptions, verbCommand } from '../rollout-verb.ts';
import type { Session } from '../session.ts';

/** `weir deny`: the rollout ends at the gate that is closed now. */
export function denyCommand(session: Session): Command {
  return verbCommand('deny', 'Turns a rollout back at the gate at which it waits.').action(
    (target: string, options: VerbOptions) => sayTo(session, target, { verb: 'deny', once: true }, options),
  );
}
