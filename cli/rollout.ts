import * as v from 'valibot';
import { percentEncode } from '#mesh/api/match-operation.ts';
import { callWeir } from './call-weir.ts';
import { exitCodes, Failure } from './failure.ts';
import type { Connection, Session } from './session.ts';

const counts = { requests: v.number(), failures: v.number() };

/** A step as far as it is printed; times are epoch milliseconds. */
const Step = v.looseObject({
  weight: v.number(),
  appliedAt: v.number(),
  requiredSidecars: v.number(),
  ackedSidecars: v.number(),
  lastAckAt: v.optional(v.number()),
});

const Rollout = v.looseObject({
  id: v.string(),
  service: v.string(),
  mesh: v.string(),
  virtualNode: v.string(),
  status: v.string(),
  phase: v.string(),
  weight: v.number(),
  reason: v.string(),
  startedAt: v.number(),
  endedAt: v.optional(v.number()),
  steps: v.array(Step),
  halts: v.optional(v.array(v.looseObject({ on: v.string(), reason: v.string(), end: v.optional(v.string()) })), []),
  stragglers: v.optional(v.array(v.string()), []),
  evidence: v.optional(
    v.looseObject({
      eValue: v.number(),
      threshold: v.number(),
      canary: v.looseObject({ ...counts, shielded: v.number() }),
      stable: v.looseObject(counts),
    }),
  ),
});

/** A rollout as Weir's API shows it; what a newer Weir adds is kept. */
export type Rollout = v.InferOutput<typeof Rollout>;

const Page = v.object({ rollouts: v.array(Rollout), nextToken: v.optional(v.string()) });
export type RolloutPage = v.InferOutput<typeof Page>;

/** Rollouts, newest first. */
export async function listRollouts(
  session: Session,
  connection: Connection,
  query: Readonly<Record<string, string | number | undefined>>,
): Promise<RolloutPage> {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = pairs.map(([name, value]) => `${name}=${percentEncode(String(value))}`).join('&');
  const path = text === '' ? 'rollouts' : `rollouts?${text}`;
  return understood(Page, await callWeir(session, connection, { method: 'GET', path }));
}

/** One rollout with its evidence. Throws {@link Failure} when there is none. */
export async function readRollout(session: Session, connection: Connection, id: string): Promise<Rollout> {
  return understood(
    Rollout,
    await callWeir(session, connection, { method: 'GET', path: `rollouts/${percentEncode(id)}` }),
  );
}

/**
 * The id of the rollout a user means: the id itself, or of the ECS service with this ARN the rollout under way, or the
 * newest one. Throws {@link Failure} when there is none.
 */
export async function rolloutIdOf(
  session: Session,
  connection: Connection,
  target: string,
  which: 'running' | 'newest' = 'running',
): Promise<string> {
  if (!isServiceArn(target)) return target;
  const status = which === 'running' ? 'running' : undefined;
  let nextToken: string | undefined;
  do {
    const page = await listRollouts(session, connection, { status, nextToken });
    const found = page.rollouts.find(({ service }) => service === target);
    if (found) return found.id;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  const missing = which === 'running' ? `no rollout of ${target} is under way` : `${target} was never rolled out`;
  throw new Failure(exitCodes.refused, `${missing}: weir rollouts list shows what is and was.`);
}

/** Whether a target names a service and not a rollout. */
export const isServiceArn = (target: string): boolean => target.startsWith('arn:');

function understood<Schema extends v.GenericSchema>(schema: Schema, answer: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, answer);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Failure(
    exitCodes.failed,
    `Weir answered what this weir does not understand (${v.getDotPath(issue)}): get the newer one.`,
  );
}
