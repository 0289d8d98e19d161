import { setTimeout } from 'node:timers/promises';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type {
  Context,
  DynamoDBBatchResponse,
  DynamoDBStreamEvent,
  EventBridgeEvent,
  SQSBatchResponse,
  SQSEvent,
} from 'aws-lambda';
import type { Key } from './keys.ts';
import { logger } from './logger.ts';
import { PermanentError } from './permanent-error.ts';

/** Where a function writes what people may want to know: one JSON line each. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The function's log. */
export const log: Log = {
  info: (message, fields = {}) => logger.info(message, fields),
  warn: (message, fields = {}) => logger.warn(message, fields),
  error: (message, fields = {}) => logger.error(message, fields),
};

/** An event of the bus. */
export type BusEvent = EventBridgeEvent<string, unknown>;

/** A message of a queue. */
export interface Message {
  readonly id: string;
  readonly body: string;
}

/** A message as it was received. */
export interface QueuedMessage extends Message {
  /** Stands for this one receipt of it. */
  readonly receipt: string;
  /** How often it was received, this time included. */
  readonly receives: number;
}

/** Tries at an event at once; after that Lambda waits for a minute before it tries again itself. */
const ATTEMPTS = 3;
const PAUSE_MS = 200;

/**
 * Handles an event of the bus or a schedule. What fails for a passing reason is tried again at once; then the throw has
 * Lambda try the whole event again.
 */
export function subscriber(handle: (event: BusEvent) => Promise<void>, attempts = ATTEMPTS) {
  return wrapped<BusEvent, void>(async (event) => {
    logger.appendKeys({ event: event.id, eventType: event['detail-type'] });
    for (let attempt = 1; ; attempt++) {
      try {
        return await handle(event);
      } catch (error) {
        logger.error('event not handled', { error: error as Error, attempt });
        if (attempt === attempts || error instanceof PermanentError) throw error;
        await setTimeout(PAUSE_MS * attempt);
      }
    }
  });
}

/**
 * Handles a batch of a queue. `receive` answers the ids of messages to be delivered again; one that will never be
 * understood is not among them, so that it does not come back for ever.
 */
export function queue(receive: (messages: readonly QueuedMessage[]) => Promise<readonly string[]>) {
  return wrapped<SQSEvent, SQSBatchResponse>(async ({ Records }) => {
    const again = await receive(Records.map(messageOf));
    return { batchItemFailures: again.map((itemIdentifier) => ({ itemIdentifier })) };
  });
}

/** Handles the keys of a table's stream, in order; stops at the first that fails: the stream is read again from there. */
export function stream(handle: (key: Key) => Promise<void>) {
  return wrapped<DynamoDBStreamEvent, DynamoDBBatchResponse>(async ({ Records }) => {
    for (const { dynamodb } of Records) {
      try {
        await handle({ pk: dynamodb?.Keys?.['pk']?.S ?? '', sk: dynamodb?.Keys?.['sk']?.S ?? '' });
      } catch (error) {
        logger.error('record not handled', { error: error as Error });
        return { batchItemFailures: [{ itemIdentifier: dynamodb?.SequenceNumber ?? '' }] };
      }
    }
    return { batchItemFailures: [] };
  });
}

function messageOf({ messageId, body, receiptHandle, attributes }: SQSEvent['Records'][number]): QueuedMessage {
  return { id: messageId, body, receipt: receiptHandle, receives: Number(attributes.ApproximateReceiveCount) };
}

function wrapped<Event, Result>(
  handle: (event: Event) => Promise<Result>,
): (event: Event, context: Context) => Promise<Result> {
  const handler = middy<Event, Result>(handle).use(injectLambdaContext(logger, { logEvent: false, resetKeys: true }));
  return handler as unknown as (event: Event, context: Context) => Promise<Result>;
}
