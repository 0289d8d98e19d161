import type { Executions, Rollouts } from '#rollouts/ports.ts';

/** The end of a canary execution, as Step Functions tells the bus. */
export interface ExecutionEnded {
  /** The rollout's id. */
  readonly name: string;
  readonly status: string;
  readonly cause?: string | undefined;
}

/** What securing needs. */
export interface SecurePorts {
  readonly rollouts: Pick<Rollouts, 'get'>;
  readonly executions: Pick<Executions, 'startHeal'>;
}

/** Hands a rollout whose execution died to the heal machine; one that had ended before is left alone. */
export const secureRollout =
  ({ rollouts, executions }: SecurePorts) =>
  async ({ name, status, cause }: ExecutionEnded): Promise<void> => {
    const rollout = await rollouts.get(name);
    if (rollout?.status !== 'running') return;
    const reason = `The rollout’s execution ended ${status}${cause === undefined ? '.' : `: ${cause.slice(0, 300)}`}`;
    await executions.startHeal(`dead-${name}`, { kind: 'deadExecution', rolloutId: name, reason });
  };
