import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { logger } from './logger.ts';

/** The state machine sent something this task does not understand: a defect, never worth a retry. */
export class InvalidTaskInputError extends Error {
  override readonly name = 'InvalidTaskInput';
}

/**
 * A Lambda handler for a Step Functions task: parses the input, puts the rollout into every log line and lets errors through
 * with their names, because the state machine catches by name.
 */
export function task<S extends v.GenericSchema<unknown, { readonly rolloutId: string }>, Output>(
  schema: S,
  run: (input: v.InferOutput<S>) => Promise<Output>,
): (event: unknown, context: Context) => Promise<Output> {
  const handle = async (event: unknown): Promise<Output> => {
    const input = parse(schema, event);
    logger.appendKeys({ rollout: input.rolloutId });
    const output = await run(input).catch((error: unknown) => {
      logger.error('task failed', { error: error as Error });
      throw error;
    });
    logger.info('task done', { output: output as object });
    return output;
  };
  const wrapped = middy<unknown, Output>(handle).use(injectLambdaContext(logger, { logEvent: false, resetKeys: true }));
  return wrapped as unknown as (event: unknown, context: Context) => Promise<Output>;
}

function parse<S extends v.GenericSchema>(schema: S, event: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, event);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new InvalidTaskInputError(`${v.getDotPath(issue) ?? 'input'}: ${issue.message}`);
}
