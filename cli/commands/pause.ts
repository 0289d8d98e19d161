import type { Command } from 'commander';
import { sayTo, type VerbOptions, verbCommand } from '../rollout-verb.ts';
import type { Session } from '../session.ts';

/** `weir pause`: no further step until it is resumed. */
export function pauseCommand(session: Session): Command {
  return verbCommand('pause', 'Holds a rollout at its step; the judge goes on watching.').action(
    (target: string, options: VerbOptions) => sayTo(session, target, { verb: 'pause' }, options),
  );
}
