import { randomUUID } from 'node:crypto';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { LimitExceeded, TooManyRequests } from '#mesh/api/errors.ts';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** One item of a transaction, with what it means that its condition failed: an error to answer, or that the reads were stale. */
export interface Step {
  readonly item: TransactItem;
  /** `exists`: whether the item was there when its condition failed. */
  readonly refused: (exists: boolean) => Error | 'stale';
}

/** Items in one transaction: DynamoDB's own limit. */
export const MOST_STEPS = 100;
/** Attempts of one write among parallel writers; with full jitter up to 400 ms that is 3 s at most. */
const ATTEMPTS = 14;

const contention = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);
const contended = new Set([
  'TransactionConflictException',
  'TransactionInProgressException',
  'ConditionalCheckFailedException',
  'ThrottlingError',
]);

/**
 * Writes all steps or none. `false`: what the caller had read is stale, or a parallel writer was in the way; read and try
 * again. Throws the first failed step's error when a condition means a refusal.
 */
export async function transact(client: DynamoDBDocumentClient, steps: readonly Step[]): Promise<boolean> {
  requireRoom(steps.length);
  try {
    await client.send(new TransactWriteCommand({ TransactItems: steps.map(({ item }) => item) }));
    return true;
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    return explain(error, steps);
  }
}

/**
 * Asks every condition of the steps and writes none of them: with them goes a condition that never holds, and DynamoDB tells
 * of each one whether it failed. Answers and throws as {@link transact} does.
 */
export async function rehearse(
  client: DynamoDBDocumentClient,
  table: string,
  steps: readonly Step[],
): Promise<boolean> {
  // As many items as the real transaction, which has its outbox item in the place of this one.
  requireRoom(steps.length + 1);
  const nowhere = { pk: 'REHEARSAL', sk: randomUUID() };
  const never = { ConditionCheck: { TableName: table, Key: nowhere, ConditionExpression: 'attribute_exists(pk)' } };
  try {
    await client.send(new TransactWriteCommand({ TransactItems: [...steps.map(({ item }) => item), never] }));
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const [last] = error.CancellationReasons?.slice(steps.length) ?? [];
    const others = error.CancellationReasons?.slice(0, steps.length) ?? [];
    const isOnlyLast = last?.Code === 'ConditionalCheckFailed' && others.every(({ Code = 'None' }) => Code === 'None');
    return isOnlyLast || explain(error, steps);
  }
  throw new Error('a transaction with a condition that never holds was made');
}

function requireRoom(count: number): void {
  if (count > MOST_STEPS)
    throw new LimitExceeded(
      `this write touches ${count} stored items and one transaction holds ${MOST_STEPS}: change fewer references at once`,
    );
}

/** Runs `attempt` until it answers: `undefined`, or an error of contention, means again after a jittered pause. */
export async function untilSettled<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    const answer = await attempt().catch(ignoreContention);
    if (answer !== undefined) return answer;
    await pause(Math.random() * Math.min(20 * 2 ** tries, 400));
  }
  throw new TooManyRequests('other writers kept this one from its turn; try again');
}

function explain(error: TransactionCanceledException, steps: readonly Step[]): false {
  const reasons = error.CancellationReasons ?? [];
  for (const [index, reason] of reasons.entries()) {
    if (reason.Code !== 'ConditionalCheckFailed') continue;
    const refusal = steps[index]?.refused(reason.Item !== undefined);
    if (refusal === undefined) continue;
    if (refusal === 'stale') return false;
    throw refusal;
  }
  if (reasons.some(({ Code }) => Code !== undefined && contention.has(Code))) return false;
  throw error;
}

function ignoreContention(error: unknown): undefined {
  if (error instanceof Error && contended.has(error.name)) return undefined;
  throw error;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
