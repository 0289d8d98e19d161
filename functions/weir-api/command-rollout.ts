import type { HttpAnswer } from '#aws/http.ts';
import { HttpError } from '#aws/http-errors.ts';
import type { Clock, Rollouts } from '#rollouts/ports.ts';
import type { Rollout, Verb } from '#rollouts/rollout.ts';

/** What a verb needs. */
export interface CommandPorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'record'>;
  readonly wake: (id: string) => Promise<void>;
  readonly now: Clock;
}

/** Gives a running rollout an operator's word; saying it twice changes nothing. 409 when the rollout's state forbids it. */
export async function commandRollout(
  { rollouts, wake, now }: CommandPorts,
  id: string,
  verb: Verb,
  actor: string,
): Promise<HttpAnswer> {
  const rollout = await rollouts.get(id);
  if (rollout === undefined) throw new HttpError(404, 'NotFound', `there is no rollout ${id}`);
  const refusal = refusalOf(rollout, verb);
  if (refusal !== undefined) throw new HttpError(409, 'Conflict', refusal);
  if (rollout.status === 'running') {
    await rollouts.record(id, { kind: verb, at: now(), actor });
    await wake(id);
  }
  return { status: 202, body: { id, status: rollout.status } };
}

/** Why the verb comes too late, or `undefined`. What it asks for may have happened already: then it is no refusal. */
function refusalOf({ id, status, facts, phase }: Rollout, verb: Verb): string | undefined {
  if (status !== 'running') return wanted[verb] === status ? undefined : `rollout ${id} has ended: ${status}`;
  if (facts.superseded !== undefined) return `rollout ${id} is superseded by ${facts.superseded.by}`;
  if (verb === 'rollback') return undefined;
  if (phase === 'rollingBack' || facts.rollback !== undefined) return `rollout ${id} is rolling back`;
  return phase === 'promoting' && verb !== 'promote' ? `rollout ${id} is being promoted` : undefined;
}

const wanted: Partial<Record<Verb, Rollout['status']>> = { rollback: 'rolledBack', promote: 'promoted' };
