/** What was waited for did not come in time; the message says what, how long, and the last error seen if there was one. */
export class WaitedTooLong extends Error {
  override readonly name = 'WaitedTooLong';
}

const EVERY_MS = 100;

/**
 * Asks until `ask` gives something true, and answers that. An error of `ask` counts as "not yet", for what is waited for
 * is often not there at all; the last one is the cause of {@link WaitedTooLong}.
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T>,
  everyMs = EVERY_MS,
): Promise<Exclude<T, false | undefined | null>> {
  const end = Date.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await ask();
      cause = undefined;
      if (answer) return answer as Exclude<T, false | undefined | null>;
    } catch (error) {
      cause = error;
    }
    if (Date.now() >= end) {
      const why = cause instanceof Error ? `: ${cause.message}` : '';
      throw new WaitedTooLong(`Waited ${timeoutMs / 1000} s for ${what}${why}`, { cause });
    }
    await new Promise((again) => setTimeout(again, everyMs));
  }
}
