import { type Command, InvalidArgumentError } from 'commander';
import { sayTo, type VerbOptions, verbCommand } from '../rollout-verb.ts';
import type { Session } from '../session.ts';

/** `weir set-weight`: this share of the traffic from now on. */
export function setWeightCommand(session: Session): Command {
  return verbCommand('set-weight', "Gives a rollout's canary this share of the traffic now.")
    .argument('<percent>', 'from 0 to 100, with two decimals at most', percent)
    .action((target: string, weight: number, options: VerbOptions) =>
      sayTo(session, target, { verb: 'set-weight', body: { weight } }, options),
    );
}

function percent(text: string): number {
  if (/^\d{1,3}(\.\d{1,2})?$/.test(text) && Number(text) <= 100) return Number(text);
  throw new InvalidArgumentError('It must be a percentage from 0 to 100, with two decimals at most.');
}
