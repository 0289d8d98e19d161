import type { Log, Message } from './subscriber.ts';

/** A message that no repetition makes better: it is logged and let go. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';
}

/** Handles messages side by side and answers the ids of those that failed in a way worth another delivery. */
export async function receiveEach(
  messages: readonly Message[],
  handle: (message: Message) => Promise<void>,
  log: Log,
): Promise<readonly string[]> {
  const outcomes = await Promise.all(
    messages.map(async (message) => {
      try {
        await handle(message);
        return undefined;
      } catch (error) {
        return again(message, error, log);
      }
    }),
  );
  return outcomes.flatMap((id) => id ?? []);
}

function again({ id }: Message, error: unknown, log: Log): string | undefined {
  const isPermanent = error instanceof PermanentError;
  log[isPermanent ? 'warn' : 'error'](isPermanent ? 'message refused' : 'message not handled', {
    messageId: id,
    error,
  });
  return isPermanent ? undefined : id;
}
