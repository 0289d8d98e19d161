import { WaitedTooLong, waitFor } from './wait-for.ts';
import type { Rollout, WeirApi } from './weir-api.ts';

/** How often a person wants to see it move; the control plane itself waits for events. */
const LOOK_EVERY_MS = 300;

/** The rollout that Weir makes of an ECS deployment `ecs-svc/<digits>`. */
export const rolloutId = (deployment: string): string => `dep-${deployment.replace('ecs-svc/', '')}`;

/**
 * Looks at a rollout until it has ended and answers its last state; `look` sees each state and the one before.
 * Throws {@link WaitedTooLong} with the last state in words when it does not begin or end in time.
 */
export async function watchRollout(
  api: Pick<WeirApi, 'rollout'>,
  id: string,
  timeoutMs: number,
  look: (before: Rollout | undefined, now: Rollout) => void = () => {},
): Promise<Rollout> {
  let last: Rollout | undefined;
  const ended = async () => {
    const now = await api.rollout(id);
    if (now === undefined) return undefined;
    look(last, now);
    last = now;
    return now.status === 'running' ? undefined : now;
  };
  try {
    return await waitFor(`rollout ${id} to end`, timeoutMs, ended, LOOK_EVERY_MS);
  } catch (error) {
    if (!(error instanceof WaitedTooLong)) throw error;
    throw new WaitedTooLong(`${error.message}; ${describe(last)}`, { cause: error.cause });
  }
}

function describe(rollout: Rollout | undefined): string {
  if (rollout === undefined) return 'Weir never made it: did the deployment event reach the router (route-events)?';
  const steps = rollout.steps.map((step) => `${step.weight} % (${step.ackedSidecars} of ${step.requiredSidecars})`);
  return `last seen ${rollout.phase} at ${rollout.weight} %, steps: ${steps.join(', ') || 'none'}`;
}
