import type { LatencyTerms } from '#rollouts/latency-evidence.ts';
import type { Rollouts } from '#rollouts/ports.ts';

/** Rollouts remembered: more than run at once. */
const MOST_CACHED = 1000;

/**
 * How a rollout's policy judges latency; `undefined` when it does not, or when there is no such rollout. Each is read once: a
 * rollout's policy never changes.
 */
export function latencyTerms(rollouts: Pick<Rollouts, 'get'>): (rollout: string) => Promise<LatencyTerms | undefined> {
  const known = new Map<string, Promise<LatencyTerms | undefined>>();

  async function read(id: string): Promise<LatencyTerms | undefined> {
    const rollout = await rollouts.get(id);
    if (rollout === undefined) known.delete(id);
    return rollout?.policy.latency;
  }

  return (id) => {
    const remembered = known.get(id);
    if (remembered !== undefined) return remembered;
    const asked = read(id);
    if (known.size >= MOST_CACHED) known.clear();
    known.set(id, asked);
    asked.catch(() => known.delete(id));
    return asked;
  };
}
