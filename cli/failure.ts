/** What `weir` ends with; scripts may rely on it (docs/cli.md lists them). */
export const exitCodes = {
  /** Done. */
  done: 0,
  /** It could not be done now: no answer, or Weir itself failed. The same command may succeed later. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Something is missing on this side: no endpoint, no credentials, no file. */
  setup: 3,
  /** Weir or AWS refused it: not allowed, not there, or not in this state. The same command is refused again. */
  refused: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with one sentence for a person: what happened, and what to do next. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The text of whatever was thrown. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
