import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What a child may be given; every child gets its own process group, so `detached` is not a choice. */
export type ProcessOptions = Pick<SpawnOptions, 'env' | 'cwd' | 'stdio'>;

/** How a process ended: an exit code, or the signal that killed it. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null };

/** A running child and its process group. */
export type RunningProcess = {
  /** Id of the process and of its group. */
  pid: number;
  child: ChildProcess;
  /** Settles once, when the main process has ended and the rest of its group was killed. */
  exited: Promise<Exit>;
  /** SIGTERM to the main process alone (as a container engine does), SIGKILL to the whole group after `graceMs`. */
  end(graceMs?: number): Promise<Exit>;
};

/** ECS's own default for `stopTimeout` is 30 s; what local mode starts for itself needs far less. */
const DEFAULT_GRACE_MS = 5_000;

/** A program that could not be started at all: it does not exist or is not executable. */
export class ProcessNotStarted extends Error {
  override name = 'ProcessNotStarted';
}

/**
 * Every process of one run. None of them outlives it: `endAll` ends them in order, and a reaper connected by a pipe
 * kills what is left when this process dies by any means.
 */
export class Processes {
  readonly #running = new Map<number, RunningProcess>();
  readonly #paths = new Set<string>();
  #reaper: ChildProcess | undefined;

  /** Starts `command` as leader of its own process group. Throws {@link ProcessNotStarted} if there is no such program. */
  spawn(command: string, args: readonly string[], options: ProcessOptions = {}): RunningProcess {
    const reaper = this.#startReaper();
    const child = spawn(command, args, { ...options, detached: true });
    const { pid } = child;
    if (pid === undefined) {
      child.once('error', () => {});
      throw new ProcessNotStarted(`Cannot start ${command}: no such program, or it is not executable.`);
    }
    reaper.stdin?.write(`group ${pid}\n`);
    const exited = this.#watch(child, pid);
    const running: RunningProcess = { pid, child, exited, end: (graceMs) => end(pid, child, exited, graceMs) };
    this.#running.set(pid, running);
    return running;
  }

  /** Removes `path` (file or folder) when the run ends, however it ends. */
  removeAtEnd(path: string): void {
    this.#paths.add(path);
    this.#startReaper().stdin?.write(`path ${path}\n`);
  }

  /** Ends every process still running, last started first to be asked, all in parallel; then removes the run's paths. */
  async endAll(graceMs = DEFAULT_GRACE_MS): Promise<void> {
    await Promise.all([...this.#running.values()].reverse().map((running) => running.end(graceMs)));
    await Promise.all([...this.#paths].map((path) => rm(path, { recursive: true, force: true })));
    this.#paths.clear();
    const reaper = this.#reaper;
    this.#reaper = undefined;
    if (reaper === undefined) return;
    reaper.ref();
    reaper.stdin?.end();
    if (reaper.exitCode === null) await once(reaper, 'exit');
  }

  async #watch(child: ChildProcess, pid: number): Promise<Exit> {
    const [code, signal] = await once(child, 'exit');
    signalGroup(pid, 'SIGKILL');
    this.#running.delete(pid);
    this.#reaper?.stdin?.write(`forget ${pid}\n`);
    return { code, signal };
  }

  #startReaper(): ChildProcess {
    if (this.#reaper) return this.#reaper;
    const script = fileURLToPath(new URL('reaper.sh', import.meta.url));
    const reaper = spawn('/bin/sh', [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    reaper.stdin?.on('error', () => {});
    reaper.unref();
    unrefPipe(reaper);
    this.#reaper = reaper;
    return reaper;
  }
}

/** The pipe alone must not keep the parent alive; child pipes are sockets, though typed as plain streams. */
function unrefPipe(child: ChildProcess): void {
  const pipe = child.stdin;
  if (pipe && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
}

async function end(pid: number, child: ChildProcess, exited: Promise<Exit>, graceMs = DEFAULT_GRACE_MS): Promise<Exit> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
  try {
    return await exited;
  } finally {
    clearTimeout(timer);
  }
}

/** A group that is already gone is what the caller wanted. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
