import type { Log } from '#aws/subscriber.ts';
import { type SweepMeshPorts, sweepMeshes } from './sweep-meshes.ts';
import { type SweepRolloutsPorts, sweepRollouts } from './sweep-rollouts.ts';

/** Everything a sweep looks at. */
export type SweepPorts = SweepMeshPorts & SweepRolloutsPorts & { readonly log: Log };

/** Some of what a sweep found could not be mended; the next one, in a minute, finds it again. */
export class SweepError extends AggregateError {
  override readonly name = 'SweepFailed';
}

/**
 * Finishes what lost events and dead functions left behind: changes nobody published, deployments nobody drives, rollouts
 * whose execution died, sidecars that fell behind. What it cannot mend in one place keeps it from no other.
 */
export async function sweep(ports: SweepPorts): Promise<void> {
  const failures: unknown[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    await work().catch((error: unknown) => {
      ports.log.error('not swept', { what, error });
      failures.push(error);
    });
  };
  await sweepRollouts(ports, attempt);
  await sweepMeshes(ports, attempt);
  if (failures.length > 0) throw new SweepError(failures, `${failures.length} things could not be swept.`);
}
