import { randomBytes } from 'node:crypto';
import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SessionCredentials } from './identities.ts';
import type { Processes } from './processes.ts';

/** Where everything of a run is and as whom to call it: design §6, stable. */
export type RunFile = {
  aws: string;
  appmesh: string;
  weir: string;
  ecs: string;
  /** No page is served yet. */
  console: null;
  region: string;
  account: string;
  credentials: SessionCredentials;
  iam: SessionCredentials;
};

const PUBLIC_PATH = fileURLToPath(new URL('../.local/run.json', import.meta.url));

/**
 * Publishes `run` at `.local/run.json` (WEIR_RUN_FILE moves it) and answers how to take it back. The path is a link into
 * the run's own directory: the last run started wins, and a run that dies takes only its own file with it.
 */
export function publishRunFile(directory: string, run: RunFile, processes: Pick<Processes, 'removeAtEnd'>): () => void {
  const path = process.env['WEIR_RUN_FILE'] ?? PUBLIC_PATH;
  const own = join(directory, 'run.json');
  processes.removeAtEnd(own);
  writeFileSync(own, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
  mkdirSync(dirname(path), { recursive: true });
  const link = `${path}.${randomBytes(4).toString('hex')}`;
  symlinkSync(own, link);
  renameSync(link, path);
  return () => {
    rmSync(own, { force: true });
    if (targetOf(path) === own) rmSync(path, { force: true });
  };
}

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
