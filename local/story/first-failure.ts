import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * When a task of this version wrote its first 5xx at or after `since` (epoch milliseconds), from the logs of the shop's
 * apps; `undefined` when none did.
 */
export async function firstFailure(logDirectory: string, version: string, since: number): Promise<number | undefined> {
  const files = (await readdir(logDirectory)).filter((name) => name.endsWith('.log'));
  const logs = await Promise.all(files.map((name) => readFile(join(logDirectory, name), 'utf8')));
  const times = logs.flatMap((log) => failureTimes(log, version)).filter((at) => at >= since);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** Times of the `firstFailure` lines of one version in one log; lines that are not the shop's own are passed over. */
export function failureTimes(log: string, version: string): number[] {
  return log.split('\n').flatMap((line) => {
    if (!line.includes('"firstFailure"')) return [];
    const entry = parse(line);
    return entry?.event === 'firstFailure' && entry.version === version ? [entry.at] : [];
  });
}

function parse(line: string): { at: number; event: string; version: string } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
