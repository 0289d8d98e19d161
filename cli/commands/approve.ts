import type { Command } from 'commander';
import { sayTo, type VerbOptions, verbCommand } from '../rollout-verb.ts';
import type { Session } from '../session.ts';

/** `weir approve`: the gate that is closed now is opened; who may is the policy's to say. */
export function approveCommand(session: Session): Command {
  return verbCommand('approve', 'Opens the gate at which a rollout waits.').action(
    (target: string, options: VerbOptions) => sayTo(session, target, { verb: 'approve', once: true }, options),
  );
}
