import type { Command } from 'commander';
import { sayTo, type VerbOptions, verbCommand } from '../rollout-verb.ts';
import type { Session } from '../session.ts';

/** `weir resume`: the steps go on. */
export function resumeCommand(session: Session): Command {
  return verbCommand('resume', 'Lets a paused rollout go on.').action((target: string, options: VerbOptions) =>
    sayTo(session, target, { verb: 'resume' }, options),
  );
}
