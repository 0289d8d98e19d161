import { eventLines, type Paper, type Status, statusLine } from './layout.ts';
import type { Note } from './rollout-notes.ts';

/** What the screen needs of a terminal or a pipe. */
export type Output = { isTTY?: boolean; columns?: number; write(text: string): unknown };

const PIPE_COLUMNS = 160;

/**
 * Shows the story: one line an event, and on a terminal a last line that is redrawn in place. On a pipe there are plain
 * lines and no control codes; `NO_COLOR` (https://no-color.org) takes the colours away and leaves the rest.
 */
export class Screen {
  readonly #output: Output;
  readonly #colour: boolean;
  #status = '';

  constructor(output: Output, environment: Record<string, string | undefined>) {
    this.#output = output;
    this.#colour = output.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  }

  event(subject: string, note: Note | string, at = new Date()): void {
    const full: Note = typeof note === 'string' ? { text: note, tone: 'plain' } : note;
    this.#above(eventLines(at, subject, full, this.#paper()).join('\n'));
  }

  /** Text as it is, e.g. commands to paste: never wrapped. */
  text(text: string): void {
    this.#above(text);
  }

  /** Redraws the live line; on a pipe it does nothing, for each event already carries what matters. */
  status(status: Status): void {
    if (!this.#output.isTTY) return;
    const line = statusLine(status, this.#paper());
    if (line === this.#status) return;
    this.#status = line;
    this.#output.write(`\r\u001b[2K${line}`);
  }

  /** Takes the live line away. */
  close(): void {
    if (this.#status !== '') this.#output.write('\r\u001b[2K');
    this.#status = '';
  }

  #above(text: string): void {
    if (this.#status === '') this.#output.write(`${text}\n`);
    else this.#output.write(`\r\u001b[2K${text}\n${this.#status}`);
  }

  #paper(): Paper {
    return { columns: this.#output.isTTY ? (this.#output.columns ?? 80) : PIPE_COLUMNS, colour: this.#colour };
  }
}
