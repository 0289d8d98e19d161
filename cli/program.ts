import { Command, CommanderError } from 'commander';
import { adoptCommand } from './commands/adopt.ts';
import { approveCommand } from './commands/approve.ts';
import { credentialsCommand } from './commands/credentials.ts';
import { denyCommand } from './commands/deny.ts';
import { ejectCommand } from './commands/eject.ts';
import { moveCommand } from './commands/move.ts';
import { pauseCommand } from './commands/pause.ts';
import { policyCommand } from './commands/policy.ts';
import { promoteCommand } from './commands/promote.ts';
import { resumeCommand } from './commands/resume.ts';
import { retryCommand } from './commands/retry.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { rolloutsCommand } from './commands/rollouts.ts';
import { setWeightCommand } from './commands/set-weight.ts';
import { skipCommand } from './commands/skip.ts';
import { type ExitCode, exitCodes, Failure, reasonOf } from './failure.ts';
import type { Session } from './session.ts';
import type { SessionCache } from './session-cache.ts';

/** In the order of the help. */
const commands = [
  adoptCommand,
  ejectCommand,
  policyCommand,
  rolloutsCommand,
  moveCommand,
  promoteCommand,
  pauseCommand,
  resumeCommand,
  approveCommand,
  denyCommand,
  skipCommand,
  setWeightCommand,
  rollbackCommand,
  retryCommand,
];

/** The whole `weir` command. It never ends the process: {@link run} answers what to end it with. */
export function program(session: Session, cache: SessionCache): Command {
  const weir = new Command('weir')
    .description('Works a Weir mesh from the command line.')
    .addHelpText('after', exitCodeHelp)
    .addCommand(credentialsCommand(session, cache));
  for (const make of commands) weir.addCommand(make(session));
  for (const command of [weir, ...weir.commands, ...weir.commands.flatMap((one) => one.commands)]) {
    command.exitOverride().showHelpAfterError('(add --help for what it takes)');
    command.configureOutput({ writeOut: session.print, writeErr: (text) => session.tell(text.trimEnd()) });
  }
  return weir;
}

/** Runs one command line (without the program's name) and answers the exit code. Failures are one line on stderr. */
export async function run(weir: Command, session: Session, line: readonly string[]): Promise<ExitCode> {
  try {
    await weir.parseAsync(line, { from: 'user' });
    return exitCodes.done;
  } catch (thrown) {
    // Commander has already said what is wrong with the line; help is no error.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    session.tell(`weir: ${reasonOf(thrown)}`);
    return thrown instanceof Failure ? thrown.exitCode : exitCodes.failed;
  }
}

const exitCodeHelp = `
Exit codes:
  0  done
  1  not done now: no answer, or Weir failed; the same command may succeed later
  2  the command line is wrong
  3  something is missing here: no endpoint, no credentials, no file
  4  refused: not allowed, not there, or not in this state`;
