import { setTimeout as sleep } from 'node:timers/promises';
import type { EventEntry } from './events.ts';

/** Where ECS's events go; rejects if any entry was not accepted. */
export type EventSink = { putEvents(entries: readonly EventEntry[]): Promise<void> };

/**
 * What becomes of an event on its way, for tests of bad days: none (lost), several (repeated), or later than others
 * (reordered). Without a delay the place in line is kept.
 */
export type EventFilter = (entry: EventEntry) => { entry: EventEntry; delayMs?: number }[];

/** PutEvents takes at most ten entries (API_PutEvents). */
const MAX_BATCH = 10;
const ATTEMPTS = 4;

/** Sends events one batch after another in the order they were published; a batch that is refused is sent again. */
export class EventPublisher {
  readonly #sink: EventSink;
  readonly #filter: EventFilter;
  readonly #log: (message: string) => void;
  readonly #queue: EventEntry[] = [];
  readonly #delayed = new Set<NodeJS.Timeout>();
  #sending: Promise<void> | undefined;
  #closed = false;

  constructor(sink: EventSink, log: (message: string) => void, filter: EventFilter = (entry) => [{ entry }]) {
    this.#sink = sink;
    this.#log = log;
    this.#filter = filter;
  }

  publish(entries: readonly EventEntry[]): void {
    for (const { entry, delayMs = 0 } of entries.flatMap(this.#filter)) {
      if (delayMs > 0) this.#later(entry, delayMs);
      else this.#enqueue(entry);
    }
  }

  /** Settles once everything published so far was sent or given up, at the latest after `limitMs`. */
  async flush(limitMs: number): Promise<void> {
    if (!this.#sending) return;
    const limit = new AbortController();
    const timeout = sleep(limitMs, undefined, { signal: limit.signal, ref: false }).catch(() => {});
    await Promise.race([this.#sending, timeout]);
    limit.abort();
  }

  /** Drops delayed events, gives the rest `limitMs` to be sent, and drops what is left of them. */
  async close(limitMs: number): Promise<void> {
    for (const timer of this.#delayed) clearTimeout(timer);
    this.#delayed.clear();
    await this.flush(limitMs);
    this.#closed = true;
    this.#queue.length = 0;
  }

  #later(entry: EventEntry, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#enqueue(entry);
    }, delayMs);
    this.#delayed.add(timer);
  }

  #enqueue(entry: EventEntry): void {
    this.#queue.push(entry);
    this.#sending ??= this.#drain();
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#send(this.#queue.splice(0, MAX_BATCH));
    this.#sending = undefined;
  }

  async #send(batch: EventEntry[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#sink.putEvents(batch);
      } catch (error) {
        if (attempt === ATTEMPTS || this.#closed)
          return this.#log(`ecs: gave up on ${batch.length} events: ${String(error)}`);
        await sleep(50 * 2 ** attempt);
      }
    }
  }
}
