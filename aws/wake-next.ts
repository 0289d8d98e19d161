import type { Rollout } from '#rollouts/rollout.ts';
import { runningRollouts } from './rollout-store.ts';
import { wake } from './wake.ts';

/** Wakes the running rollouts of the rollout's mesh that wait for their turn, the one that began first before the others. */
export async function wakeNext({ node: { owner, mesh } }: Pick<Rollout, 'node'>): Promise<void> {
  const waiting = (await runningRollouts())
    .filter(({ node, wait }) => node.owner === owner && node.mesh === mesh && wait?.name === 'turn')
    .sort((a, b) => a.startedAt - b.startedAt);
  for (const { id } of waiting) await wake(id);
}
