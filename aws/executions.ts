import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { firstStep } from '#rollouts/next-move.ts';
import type { Executions } from '#rollouts/ports.ts';

/** The stack's two state machines. */
export function executions(
  client: SFNClient,
  arns: { readonly canaryArn: string; readonly healArn: string },
): Executions {
  async function start(stateMachineArn: string, name: string, input: unknown): Promise<void> {
    try {
      await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }

  return {
    startCanary: (rolloutId) => start(arns.canaryArn, rolloutId, { rolloutId, step: firstStep }),
    startHeal: (name, input) => start(arns.healArn, name, input),
  };
}
