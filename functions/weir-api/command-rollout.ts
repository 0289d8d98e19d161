import * as v from 'valibot';
import type { HttpAnswer } from '#aws/http.ts';
import { HttpError } from '#aws/http-errors.ts';
import { openHalt } from '#rollouts/halts.ts';
import type { Clock, Rollouts } from '#rollouts/ports.ts';
import type { CommandFact, Rollout } from '#rollouts/rollout.ts';
import { rulingOn } from '#rollouts/verbs.ts';

/** What a verb needs. */
export interface CommandPorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'record'>;
  readonly wake: (id: string) => Promise<void>;
  readonly now: Clock;
}

/** A verb of the API on a rollout: the last segment of its path, with what was sent. */
export interface Command {
  readonly verb: (typeof commandVerbs)[number];
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** ARN. */
  readonly actor: string;
}

/** The verbs of a rollout, as paths spell them. */
export const commandVerbs = [
  'rollback',
  'promote',
  'skip-step',
  'set-weight',
  'pause',
  'resume',
  'approve',
  'deny',
] as const;

/** How many steps had been given when the word was meant: one that comes late does not count for a later step. */
const StepBody = v.strictObject({
  step: v.optional(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0))),
});
const WeightBody = v.strictObject({
  weight: v.pipe(
    v.number('must be a number'),
    v.minValue(0, 'must be a percentage of at least 0'),
    v.maxValue(100, 'must be a percentage of at most 100'),
    v.check((percent) => Math.abs(percent * 100 - Math.round(percent * 100)) < 1e-9, 'has at most two decimals'),
  ),
});
const PromoteQuery = v.strictObject({ full: v.optional(v.picklist(['true', 'false'])) });
const NoBody = v.strictObject({});

/**
 * Gives a rollout an operator's word; saying it twice changes nothing. 409 when the rollout's state forbids it, 403 when somebody
 * else has to say it.
 */
export async function commandRollout(
  { rollouts, wake, now }: CommandPorts,
  id: string,
  command: Command,
): Promise<HttpAnswer> {
  const rollout = await rollouts.get(id);
  if (rollout === undefined) throw new HttpError(404, 'NotFound', `there is no rollout ${id}`);
  const word = wordOf(command, rollout, now());
  const ruling = rulingOn(rollout, word);
  if (ruling.kind === 'refused') throw new HttpError(409, 'Conflict', ruling.reason);
  if (ruling.kind === 'forbidden') throw new HttpError(403, 'Forbidden', ruling.reason);
  if (ruling.kind === 'counts') await rollouts.record(id, word);
  if (rollout.status === 'running') await wake(id);
  return { status: 202, body: { id, status: rollout.status } };
}

function wordOf(command: Command, rollout: Rollout, at: number): CommandFact {
  const { verb, body, actor } = command;
  const said = { at, actor };
  if (verb === 'set-weight') return { kind: 'setWeight', ...said, weight: v.parse(WeightBody, body).weight };
  if (verb === 'promote' || verb === 'skip-step') return { ...onward(command, rollout), ...said };
  v.parse(NoBody, body ?? {});
  if (verb === 'approve' || verb === 'deny') return { kind: verb, ...said, gate: openHalt(rollout)?.on ?? '' };
  return { kind: verb, ...said };
}

function onward({ verb, query, body }: Command, { steps }: Rollout) {
  const { full } = v.parse(PromoteQuery, verb === 'promote' ? query : {});
  const { step = steps.length } = v.parse(StepBody, body ?? {});
  if (full === 'true') return { kind: 'full' } as const;
  return { kind: verb === 'promote' ? ('promote' as const) : ('skip' as const), step };
}
