import type { Command } from 'commander';
import { sayAtStep, sayTo, type VerbOptions, verbCommand } from '../rollout-verb.ts';
import type { Session } from '../session.ts';

interface Options extends VerbOptions {
  readonly full?: boolean;
}

/** `weir promote`: to 100 % without the steps between, then the bake; `--full` leaves the bake out as well. */
export function promoteCommand(session: Session): Command {
  return verbCommand('promote', 'Takes a rollout to 100 % now, past the steps between.')
    .option('--full', 'without the bake at 100 %, too')
    .action((target: string, options: Options) =>
      options.full === true
        ? sayTo(session, target, { verb: 'promote?full=true' }, options)
        : sayAtStep(session, target, 'promote', options),
    );
}
