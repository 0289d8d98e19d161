/** What no repetition makes better: a message is logged and let go, an event is not tried again at once. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';
}
