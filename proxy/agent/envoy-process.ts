import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdminAddress } from './config.ts';
import type { Log } from './log.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';

/** What Envoy is started with. */
export interface EnvoyOptions {
  readonly binary: string;
  readonly arguments: readonly string[];
  readonly admin: AdminAddress;
  readonly stateDirectory: string;
  /** How often a crashed Envoy is started again before the task is given up. */
  readonly restarts: number;
  readonly log: Log;
  /** Envoy is gone for good. */
  readonly gone: () => void;
}

const FILE = 'envoy.json';
const WATCH_MS = 200;
const KILL_AFTER_MS = 3_000;
const RESTART_BASE_MS = 250;
const RESTART_CAP_MS = 5_000;
/** An Envoy that ran this long was sound: its crash counts as the first. */
const STABLE_MS = 5 * 60_000;

/** The one Envoy of the task. It outlives this agent: the next one finds it by {@link FILE} and takes it over. */
export class EnvoyProcess {
  readonly #options: EnvoyOptions;
  #running: ProcessIdentity | undefined;
  #startedAt = 0;
  #crashes = 0;
  #stopping = false;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: EnvoyOptions) {
    this.#options = options;
    mkdirSync(options.stateDirectory, { recursive: true });
  }

  /** Takes over the Envoy that a former agent left running, else starts one; answers which. */
  start(): 'adopted' | 'started' {
    const left = this.#leftBehind();
    if (left === undefined) {
      this.#spawn();
      return 'started';
    }
    this.#running = left;
    this.#startedAt = Date.now();
    this.#options.log.info('envoyAdopted', { pid: left.pid });
    this.#watch = setInterval(() => {
      if (!isRunning(left)) this.#ended('unknown');
    }, WATCH_MS);
    return 'adopted';
  }

  get pid(): number | undefined {
    return this.#running?.pid;
  }

  /** SIGTERM, and SIGKILL when that is not enough. Resolves when Envoy has ended; `gone` is not told. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const process_ = this.#running;
    if (process_ === undefined) return;
    signal(process_, 'SIGTERM');
    const deadline = Date.now() + KILL_AFTER_MS;
    while (isRunning(process_)) {
      if (Date.now() > deadline) signal(process_, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    clearInterval(this.#watch);
  }

  #leftBehind(): ProcessIdentity | undefined {
    try {
      const record = JSON.parse(readFileSync(this.#file, 'utf8')) as ProcessIdentity;
      return isRunning(record) ? record : undefined;
    } catch {
      return undefined;
    }
  }

  get #file(): string {
    return join(this.#options.stateDirectory, FILE);
  }

  #spawn(): void {
    const { binary, arguments: args, log } = this.#options;
    // Not detached: Envoy stays in the container's process group and ends with the container at the latest.
    const child = spawn(binary, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    this.#startedAt = Date.now();
    child.once('error', (error) => {
      log.error('envoyNotStarted', { binary, error: error.message });
      if (child.pid === undefined) this.#ended('not started');
    });
    if (child.pid === undefined) return;
    child.once('exit', (code, name) => this.#ended(name ?? code));
    this.#record(child);
    log.info('envoyStarted', { pid: child.pid });
  }

  #record(child: ChildProcess): void {
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    this.#running = identity;
    if (identity === undefined) return;
    writeFileSync(`${this.#file}.tmp`, JSON.stringify({ ...identity, admin: this.#options.admin }));
    renameSync(`${this.#file}.tmp`, this.#file);
  }

  #ended(how: number | string | null): void {
    clearInterval(this.#watch);
    this.#running = undefined;
    if (this.#stopping) return;
    const { log, restarts, gone } = this.#options;
    if (Date.now() - this.#startedAt > STABLE_MS) this.#crashes = 0;
    this.#crashes += 1;
    log.error('envoyEnded', { how, crashes: this.#crashes, restarts });
    if (this.#crashes > restarts) {
      gone();
      return;
    }
    const wait = this.#crashes === 1 ? 0 : Math.min(RESTART_CAP_MS, RESTART_BASE_MS * 2 ** this.#crashes);
    setTimeout(() => {
      if (!this.#stopping) this.#spawn();
    }, wait);
  }
}

function signal(target: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isRunning(target)) return;
  try {
    process.kill(target.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
