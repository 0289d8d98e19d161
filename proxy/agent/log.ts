/** Values of a log line; secrets and credentials are never passed here. */
export type LogFields = Readonly<Record<string, unknown>>;

/** One JSON line per event on standard output, as CloudWatch Logs Insights reads it. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** A log that writes `{ time, level, event, … }` lines with `write`. */
export function jsonLog(write: (line: string) => void = (line) => process.stdout.write(line)): Log {
  const at = (level: string) => (event: string, fields: LogFields) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, source: 'weir-agent', event, ...fields })}\n`);
  const [info, warn, error] = [at('info'), at('warn'), at('error')];
  return {
    info: (event, fields = {}) => info(event, fields),
    warn: (event, fields = {}) => warn(event, fields),
    error: (event, fields = {}) => error(event, fields),
  };
}

/** What went wrong, with its causes, in one line. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
  return error.cause === undefined ? own : `${own}: ${errorText(error.cause)}`;
}
