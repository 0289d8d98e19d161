import { DescribeExecutionCommand, ExecutionDoesNotExist, type SFNClient } from '@aws-sdk/client-sfn';

/** Step Functions' word on an execution (a rollout's is named as the rollout is); `undefined` when there is none of that name. */
export async function executionStatus(
  client: SFNClient,
  machineArn: string,
  name: string,
): Promise<string | undefined> {
  const executionArn = `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  try {
    return (await client.send(new DescribeExecutionCommand({ executionArn }))).status;
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}
