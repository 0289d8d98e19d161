import { PermanentError } from './permanent-error.ts';
import type { Log, Message } from './subscriber.ts';

/** What is to be done after a batch was handled: once, however many of its messages ask for it by the same key. */
export interface FollowUp {
  readonly key: string;
  readonly run: () => Promise<unknown>;
}

/**
 * Handles messages side by side, then everything they ask for, once. Answers the ids of the messages to be delivered again:
 * those that failed, and those whose follow-up did, unless no repetition would make it better.
 */
export async function receiveEach(
  messages: readonly Message[],
  handle: (message: Message) => Promise<readonly FollowUp[]>,
  log: Log,
): Promise<readonly string[]> {
  const again = new Set<string>();
  const wanted = new Map<string, { readonly run: FollowUp['run']; readonly by: string[] }>();
  const fail = (ids: readonly string[], error: unknown): void => {
    const isPermanent = error instanceof PermanentError;
    const text = isPermanent ? 'message refused' : 'message not handled';
    log[isPermanent ? 'warn' : 'error'](text, { messageIds: ids, error });
    if (!isPermanent) for (const id of ids) again.add(id);
  };
  const receive = async (message: Message): Promise<void> => {
    for (const { key, run } of await handle(message)) {
      const other = wanted.get(key);
      if (other === undefined) wanted.set(key, { run, by: [message.id] });
      else other.by.push(message.id);
    }
  };
  await Promise.all(messages.map((message) => receive(message).catch((error) => fail([message.id], error))));
  await Promise.all([...wanted.values()].map(({ run, by }) => run().catch((error) => fail(by, error))));
  return [...again];
}
