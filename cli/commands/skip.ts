import type { Command } from 'commander';
import { sayAtStep, type VerbOptions, verbCommand } from '../rollout-verb.ts';
import type { Session } from '../session.ts';

/** `weir skip`: the step a rollout is in ends now, however little it has shown. */
export function skipCommand(session: Session): Command {
  return verbCommand('skip', 'Goes on to the next step now.').action((target: string, options: VerbOptions) =>
    sayAtStep(session, target, 'skip-step', options),
  );
}
