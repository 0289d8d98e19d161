import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import * as v from 'valibot';
import { logger } from './logger.ts';

/** CloudFormation waits up to an hour for an answer that does not come: so there is one for every outcome. */
interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly PhysicalResourceId: string;
  readonly Reason?: string;
}

/** A Lambda handler for a custom resource: `handle` answers the resource's physical id; a throw fails the stack with its text. */
export function customResource<Schema extends v.GenericSchema>(
  schema: Schema,
  handle: (request: v.InferOutput<Schema>) => Promise<string>,
) {
  return async (event: CloudFormationCustomResourceEvent, context: Context): Promise<void> => {
    logger.addContext(context);
    await reply(event, await answerTo(event, schema, handle));
  };
}

async function answerTo<Schema extends v.GenericSchema>(
  event: CloudFormationCustomResourceEvent,
  schema: Schema,
  handle: (request: v.InferOutput<Schema>) => Promise<string>,
): Promise<Answer> {
  try {
    return { Status: 'SUCCESS', PhysicalResourceId: await handle(v.parse(schema, event)) };
  } catch (error) {
    logger.error('custom resource failed', { error: error as Error });
    const known = 'PhysicalResourceId' in event ? event.PhysicalResourceId : event.LogicalResourceId;
    return { Status: 'FAILED', PhysicalResourceId: known, Reason: error instanceof Error ? error.message : `${error}` };
  }
}

async function reply(event: CloudFormationCustomResourceEvent, answer: Answer): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = event;
  const body = JSON.stringify({ ...answer, StackId, RequestId, LogicalResourceId });
  const response = await fetch(ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
  if (!response.ok) throw new Error(`CloudFormation took the answer for ${LogicalResourceId} with ${response.status}.`);
}
