import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNS = fileURLToPath(new URL('../.local/runs', import.meta.url));
/** Enough to compare a failed run with the ones before it. */
const KEPT = 5;

/** A new directory for a run's logs and state, `.local/runs/<time>-<pid>`; the logs of the last few runs are kept. */
export function createRunDirectory(now = new Date()): string {
  mkdirSync(RUNS, { recursive: true });
  const ended = readdirSync(RUNS)
    .sort()
    .filter((name) => !isAlive(Number(name.split('-').at(-1))));
  for (const name of ended.slice(0, -KEPT)) rmSync(join(RUNS, name), { recursive: true, force: true });
  const directory = join(RUNS, `${now.toISOString().replace(/[-:.]/g, '')}-${process.pid}`);
  mkdirSync(directory);
  return directory;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
