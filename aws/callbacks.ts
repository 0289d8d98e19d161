import {
  InvalidToken,
  SendTaskSuccessCommand,
  type SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { Callbacks } from '#rollouts/ports.ts';

/** Task tokens of Step Functions. */
export function callbacks(client: SFNClient): Callbacks {
  return {
    async succeed(taskToken, outcome) {
      try {
        await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(outcome) }));
      } catch (error) {
        const isUsed =
          error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
        if (!isUsed) throw error;
      }
    },
  };
}
