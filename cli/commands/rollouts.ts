import { Command, Option } from 'commander';
import { connect } from '../connect.ts';
import { wholeNumber, withConnection, withOutput } from '../options.ts';
import { listRollouts, readRollout, rolloutIdOf } from '../rollout.ts';
import { rolloutsText, rolloutText } from '../rollout-text.ts';
import type { VerbOptions } from '../rollout-verb.ts';
import type { Session } from '../session.ts';

interface ListOptions extends VerbOptions {
  readonly status?: string;
  readonly limit: number;
  readonly nextToken?: string;
}

const STATUSES = ['running', 'promoted', 'rolledBack', 'superseded', 'unrouted', 'failed'];
const LIMIT = 20;
/** The API's own most of a page. */
const MOST = 100;

/** `weir rollouts`: what is and was rolled out. */
export function rolloutsCommand(session: Session): Command {
  return new Command('rollouts')
    .description('Shows rollouts.')
    .addCommand(listCommand(session))
    .addCommand(showCommand(session));
}

function listCommand(session: Session): Command {
  const command = new Command('list')
    .description('Lists rollouts, newest first.')
    .addOption(new Option('--status <status>', 'only those').choices(STATUSES))
    .option('--limit <number>', 'how many', wholeNumber(1, MOST), LIMIT)
    .option('--next-token <token>', 'goes on where an earlier list ended');
  return withOutput(withConnection(command), 'text').action(async (options: ListOptions) => {
    const { status, limit, nextToken, output } = options;
    const page = await listRollouts(session, await connect(session, options), { status, limit, nextToken });
    if (output === 'json') return session.print(`${JSON.stringify(page, null, 2)}\n`);
    session.print(rolloutsText(page.rollouts));
    if (page.nextToken !== undefined) session.tell(`There are more: --next-token ${page.nextToken}`);
  });
}

function showCommand(session: Session): Command {
  const command = new Command('show')
    .description('Shows a rollout with its steps and what the judge has seen.')
    .argument('<rollout>', 'id of the rollout (dep-…), or ARN of an ECS service for its newest');
  return withOutput(withConnection(command), 'text').action(async (target: string, options: VerbOptions) => {
    const connection = await connect(session, options);
    const rollout = await readRollout(session, connection, await rolloutIdOf(session, connection, target, 'newest'));
    session.print(options.output === 'json' ? `${JSON.stringify(rollout, null, 2)}\n` : rolloutText(rollout));
  });
}
