/** The first pause; each further one is three times as long. */
const FIRST_SECONDS = 5;
/** With the queue's eight receives the last try comes about 40 minutes after the first. */
const LONGEST_SECONDS = 900;

/** Seconds until a message that was received so many times is received again: 5, 15, 45, 135, 405, then 900. */
export function retryDelay(receives: number): number {
  return Math.min(LONGEST_SECONDS, FIRST_SECONDS * 3 ** (Math.max(1, receives) - 1));
}
