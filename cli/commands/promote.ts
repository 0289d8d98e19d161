import type { Command } from 'commander';
import { sayAtStep, sayTo, type VerbOptions, verbCommand } from '../rollout-verb.ts';
import type { Session } from '../session.ts';

interface Options extends VerbOptions {
  readonly full?: boolean;
}

/** `weir promote`: on with it, from whatever time or evidence it waits for; `--full` goes to 100 % at once, then the bake. */
export function promoteCommand(session: Session): Command {
  return verbCommand('promote', 'Lets a rollout go on now: what is left of its step, pause or bake counts as over.')
    .option('--full', 'to 100 % at once, past the steps between; the bake stays')
    .action((target: string, options: Options) =>
      options.full === true
        ? sayTo(session, target, { verb: 'promote?full=true' }, options)
        : sayAtStep(session, target, 'promote', options),
    );
}
