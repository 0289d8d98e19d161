import type { Clock, Executions } from '#rollouts/ports.ts';
import type { Fact, Rollout } from '#rollouts/rollout.ts';
import type { DeclaredRoutes } from '#rollouts/route-shift.ts';

/** What the sweep of rollouts looks at. */
export interface SweepRolloutsPorts {
  readonly running: () => Promise<readonly Rollout[]>;
  /** Step Functions' word on a rollout's execution; `undefined` when there is none. */
  readonly executionStatus: (rollout: string) => Promise<string | undefined>;
  /** The same of a repair. */
  readonly repairStatus: (name: string) => Promise<string | undefined>;
  readonly executions: Executions;
  readonly wake: (rollout: string) => Promise<void>;
  readonly routes: Pick<DeclaredRoutes, 'get'>;
  readonly recordFact: (rollout: string, fact: Fact) => Promise<void>;
  readonly now: Clock;
}

/** Runs one piece of work so that its failure stops no other. */
export type Attempt = (what: string, work: () => Promise<unknown>) => Promise<void>;

/** A rollout's own function has this long to start or end it before the sweep takes a hand. */
const PATIENCE_MS = 30_000;
/** A repair that failed is begun anew once in this time: its name cannot be used again. */
const REPAIR_MS = 10 * 60_000;

/** Starts executions that were never started, mends rollouts whose execution died, wakes the others: a wake-up may be lost. */
export async function sweepRollouts(ports: SweepRolloutsPorts, attempt: Attempt): Promise<void> {
  let running: readonly Rollout[] = [];
  await attempt('running rollouts', async () => {
    running = await ports.running();
  });
  for (const rollout of running) await attempt(`rollout ${rollout.id}`, () => sweepRollout(ports, rollout));
}

async function sweepRollout(ports: SweepRolloutsPorts, rollout: Rollout): Promise<void> {
  const { id, startedAt } = rollout;
  const status = await ports.executionStatus(id);
  if (status === 'RUNNING') {
    await noteForeignWrite(ports, rollout);
    return ports.wake(id);
  }
  if (ports.now() - startedAt < PATIENCE_MS) return;
  if (status === undefined) return ports.executions.startCanary(id);
  const reason = `The rollout's execution ended ${status} and left it running.`;
  const name = await repairName(ports, `dead-${id}`);
  if (name !== undefined) await ports.executions.startHeal(name, { kind: 'deadExecution', rolloutId: id, reason });
}

/** A user's write to a route that is being moved stands, and ends the rollout: if not at its next step, then here. */
async function noteForeignWrite({ routes, recordFact, now }: SweepRolloutsPorts, rollout: Rollout): Promise<void> {
  const { id, node, move, phase } = rollout;
  if (move === undefined || phase === 'admitted') return;
  for (const route of move.routes) {
    const stored = await routes.get({ ...node, virtualRouter: move.virtualRouter, route });
    if (stored?.writtenBy === id) continue;
    const by = `a write to route ${route}`;
    const reason = `Route ${route} of virtual router ${move.virtualRouter} was written by somebody else: it stays as it is.`;
    return recordFact(id, { kind: 'superseded', at: now(), by, reason });
  }
}

/** The name to repair under, `undefined` while a repair is under way: two at once would undo each other's ending. */
async function repairName({ repairStatus, now }: SweepRolloutsPorts, first: string): Promise<string | undefined> {
  const standing = await repairStatus(first);
  if (standing === undefined) return first;
  const slot = Math.floor(now() / REPAIR_MS);
  const later = [slot - 1, slot].map((number) => `${first}-${number}`);
  const statuses = [standing, ...(await Promise.all(later.map(repairStatus)))];
  return statuses.includes('RUNNING') ? undefined : later.at(-1);
}
