import { closeSync, mkdirSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import type { Exit, Processes, RunningProcess } from '../processes.ts';
import { afterCheck, type Health, type HealthCheckPlan, healthCheckPlan, nextCheck, UNCHECKED } from './health.ts';
import type { ContainerRecord } from './state.ts';

/** Starts processes; `Processes` is one. */
export type ProcessHost = Pick<Processes, 'spawn'>;

/** How to run one container. */
export type ContainerLaunch = {
  command: string;
  args: string[];
  environment: Record<string, string>;
  /** Created if missing; removed by whoever chose it. */
  workingDirectory: string;
  logFile: string;
};

/** What a container reports to its task. */
export type ContainerListener = { exited(): void; healthChanged(): void };

/** ECS's default `stopTimeout`, in seconds (API_ContainerDefinition). */
const DEFAULT_STOP_TIMEOUT = 30;

/** One running container: its process group, its log file and its health checks. */
export class ContainerProcess {
  readonly record: ContainerRecord;
  readonly #host: ProcessHost;
  readonly #listener: ContainerListener;
  readonly #launch: ContainerLaunch;
  readonly #process: RunningProcess;
  readonly #ended: Promise<void>;
  readonly #startedAt = Date.now();
  #health: Health = UNCHECKED;
  #countedAt = this.#startedAt;
  #timer: NodeJS.Timeout | undefined;
  #check: RunningProcess | undefined;

  /** Starts it at once; throws if its program does not exist or its log cannot be written. */
  constructor(host: ProcessHost, record: ContainerRecord, launch: ContainerLaunch, listener: ContainerListener) {
    this.#host = host;
    this.record = record;
    this.#launch = launch;
    this.#listener = listener;
    mkdirSync(launch.workingDirectory, { recursive: true, mode: 0o700 });
    this.#process = this.#spawn(launch.command, launch.args);
    record.lastStatus = 'RUNNING';
    record.startedAt = this.#startedAt;
    this.#ended = this.#process.exited.then((exit) => this.#onExit(exit));
    const { healthCheck } = record.definition;
    if (healthCheck) this.#schedule(healthCheckPlan(healthCheck), 0, true);
  }

  /** SIGTERM, and SIGKILL to the whole group after `stopTimeout`; settles when nothing of it is left. */
  async end(): Promise<void> {
    this.#stopChecking();
    const seconds = this.record.definition.stopTimeout ?? DEFAULT_STOP_TIMEOUT;
    if (this.record.lastStatus !== 'STOPPED') await this.#process.end(seconds * 1000);
    await Promise.all([this.#ended, this.#check?.exited]);
  }

  /** SIGKILL to the whole group. */
  kill(): void {
    if (this.record.lastStatus !== 'STOPPED') void this.#process.end(0);
  }

  #spawn(command: string, args: string[]): RunningProcess {
    const log = openSync(this.#launch.logFile, 'a');
    try {
      return this.#host.spawn(command, args, {
        env: this.#launch.environment,
        cwd: this.#launch.workingDirectory,
        stdio: ['ignore', log, log],
      });
    } finally {
      closeSync(log);
    }
  }

  #onExit(exit: Exit): void {
    this.#stopChecking();
    this.record.lastStatus = 'STOPPED';
    this.record.exitCode = exitCode(exit);
    this.record.finishedAt = Date.now();
    this.#listener.exited();
  }

  #schedule(plan: HealthCheckPlan, delayMs: number, counted: boolean): void {
    this.#timer = setTimeout(() => void this.#runCheck(plan, counted), delayMs);
  }

  async #runCheck(plan: HealthCheckPlan, counted: boolean): Promise<void> {
    if (counted) this.#countedAt = Date.now();
    const passed = await this.#probe(plan);
    if (this.record.lastStatus !== 'RUNNING' || this.#timer === undefined) return;
    const before = this.#health.status;
    const sinceStartMs = Date.now() - this.#startedAt;
    this.#health = afterCheck(this.#health, { passed, counted, sinceStartMs }, plan);
    const next = nextCheck(this.#health, Date.now() - this.#countedAt, plan);
    this.#schedule(plan, next.delayMs, next.counted);
    if (this.#health.status === before) return;
    this.record.health = this.#health.status;
    this.#listener.healthChanged();
  }

  async #probe(plan: HealthCheckPlan): Promise<boolean> {
    try {
      this.#check = this.#spawn(plan.command, plan.args);
    } catch {
      return false;
    }
    const check = this.#check;
    const timeout = setTimeout(() => void check.end(0), plan.timeoutMs);
    const { code } = await check.exited;
    clearTimeout(timeout);
    this.#check = undefined;
    return code === 0;
  }

  #stopChecking(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    void this.#check?.end(0);
  }
}

/** As a shell reports it: 128 + signal number for a killed process. */
function exitCode({ code, signal }: Exit): number {
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}
