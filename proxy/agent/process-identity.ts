import { readFileSync, readlinkSync } from 'node:fs';

/** A process as the kernel knows it: a pid alone may be another process by now. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`: clock ticks after boot at which it started. */
  readonly startTime: string;
  /** What it runs. */
  readonly executable: string;
}

/** The running process with that pid; `undefined` when there is none, or it is a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses and may hold anything, spaces and parentheses included.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTime = rest[18];
    if (state === 'Z' || state === 'X' || startTime === undefined) return undefined;
    return { pid, startTime, executable: readlinkSync(`/proc/${pid}/exe`) };
  } catch {
    return undefined;
  }
}

/** Whether the process is still the one that was identified. */
export function isRunning(process: ProcessIdentity): boolean {
  const now = identify(process.pid);
  return now?.startTime === process.startTime && now.executable === process.executable;
}
