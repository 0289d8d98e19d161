import { DescribeExecutionCommand, ExecutionDoesNotExist, type SFNClient } from '@aws-sdk/client-sfn';

/** Step Functions' word on a rollout's execution; `undefined` when there is none of that name. */
export async function executionStatus(
  client: SFNClient,
  canaryArn: string,
  rollout: string,
): Promise<string | undefined> {
  const executionArn = `${canaryArn.replace(':stateMachine:', ':execution:')}:${rollout}`;
  try {
    return (await client.send(new DescribeExecutionCommand({ executionArn }))).status;
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}
