import type { Command } from 'commander';
import { callWeir } from '../call-weir.ts';
import { connect } from '../connect.ts';
import { isServiceArn } from '../rollout.ts';
import { printAnswer, sayTo, type VerbOptions, verbCommand } from '../rollout-verb.ts';
import type { Session } from '../session.ts';

/** `weir rollback`: back to stable; of a service without a rollout under way, back to the revision before. */
export function rollbackCommand(session: Session): Command {
  return verbCommand('rollback', 'Takes a rollout, or the last promotion of a service, back now.').action(
    async (target: string, options: VerbOptions) => {
      if (!isServiceArn(target)) return sayTo(session, target, { verb: 'rollback' }, options);
      const connection = await connect(session, options);
      const request = { method: 'POST', path: 'services/rollback', body: { service: target } } as const;
      printAnswer(session, await callWeir(session, connection, request), options);
    },
  );
}
