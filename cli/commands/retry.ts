import type { Command } from 'commander';
import { sayTo, type VerbOptions, verbCommand } from '../rollout-verb.ts';
import type { Session } from '../session.ts';

/** `weir retry`: the same revision once more, as a deployment and a rollout of its own. */
export function retryCommand(session: Session): Command {
  return verbCommand('retry', 'Deploys what a rollout did not get through once more, with all its steps.').action(
    (target: string, options: VerbOptions) => sayTo(session, target, { verb: 'retry', to: 'newest' }, options),
  );
}
