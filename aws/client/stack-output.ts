import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { CallerCredentials } from './caller.ts';

/** Where a stack is looked for, and as whom. */
export interface StackAccess {
  readonly region: string;
  readonly credentials: CallerCredentials;
}

/** An output of a CloudFormation stack; `undefined` when the stack has none of that name. Rejects as DescribeStacks does. */
export async function stackOutput(stack: string, output: string, access: StackAccess): Promise<string | undefined> {
  const { accessKeyId, secretAccessKey, sessionToken } = access.credentials;
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  const client = new CloudFormationClient({ region: access.region, credentials });
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
  return Stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === output)?.OutputValue;
}
