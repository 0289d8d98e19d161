import { Command } from 'commander';
import * as v from 'valibot';
import { percentEncode } from '#mesh/api/match-operation.ts';
import { callWeir } from './call-weir.ts';
import { type ConnectionOptions, connect } from './connect.ts';
import { type OutputFormat, withConnection, withOutput } from './options.ts';
import { readRollout, rolloutIdOf } from './rollout.ts';
import type { Connection, Session } from './session.ts';

/** The options of every verb. */
export interface VerbOptions extends ConnectionOptions {
  readonly output: OutputFormat;
}

/** A word to a rollout, as the API has it. */
export interface Word {
  /** Last segment of the path, with a query if it has one. */
  readonly verb: string;
  readonly body?: object;
  /** Said once only: a second time it might be heard as a word to what comes next. */
  readonly once?: boolean;
  /** Which rollout of a service is meant: the one under way, unless it says otherwise. */
  readonly to?: 'newest';
}

const Answer = v.looseObject({ id: v.string(), status: v.optional(v.string()) });

/** A command with the argument and the options that all verbs have. */
export function verbCommand(name: string, description: string): Command {
  const command = new Command(name)
    .description(description)
    .argument('<rollout>', 'id of the rollout (dep-…), or ARN of its ECS service');
  return withOutput(withConnection(command), 'text');
}

/** Says a word to the rollout a user means and prints what the API answers. */
export async function sayTo(session: Session, target: string, word: Word, options: VerbOptions): Promise<void> {
  const connection = await connect(session, options);
  const id = await rolloutIdOf(session, connection, target, word.to);
  await say(session, connection, id, word, options);
}

/**
 * Says a word that means the rollout as it is now. How many steps it has taken goes with it, so that the word counts for no
 * later step, however often it is sent or however late it comes.
 */
export async function sayAtStep(session: Session, target: string, verb: string, options: VerbOptions): Promise<void> {
  const connection = await connect(session, options);
  const { id, steps } = await readRollout(session, connection, await rolloutIdOf(session, connection, target));
  await say(session, connection, id, { verb, body: { step: steps.length } }, options);
}

async function say(
  session: Session,
  connection: Connection,
  id: string,
  word: Word,
  options: VerbOptions,
): Promise<void> {
  const { verb, body = {}, once = false } = word;
  const path = `rollouts/${percentEncode(id)}/${verb}`;
  printAnswer(session, await callWeir(session, connection, { method: 'POST', path, body, once }), options);
}

/** Prints the answer to a word: it is heard, and acted upon by the rollout. */
export function printAnswer(session: Session, answer: unknown, { output }: VerbOptions): void {
  if (output === 'json') {
    session.print(`${JSON.stringify(answer, null, 2)}\n`);
    return;
  }
  const { id, status } = v.parse(Answer, answer);
  session.print(`${id}: heard${status === undefined ? '' : `, it is ${status}`}. See: weir rollouts show ${id}\n`);
}
