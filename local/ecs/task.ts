import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskStopCode } from '@aws-sdk/client-ecs';
import type { Network } from '../network.ts';
import { environmentOf } from './container-environment.ts';
import { readiness, stopOrder } from './container-order.ts';
import { ContainerProcess, type ProcessHost } from './container-process.ts';
import { commandLine, type Image } from './images.ts';
import type { ContainerRecord, TaskRecord } from './state.ts';
import type { TaskEndpoints } from './task-endpoints.ts';

/** Loopback addresses for tasks, one each. */
export type TaskNetwork = Pick<Network, 'take' | 'release'>;

/** What a task needs of the world. */
export type TaskPorts = {
  processes: ProcessHost;
  network: TaskNetwork;
  images: Readonly<Record<string, Image>>;
  containerEnvironment: Readonly<Record<string, string>>;
  endpoints: TaskEndpoints;
  /** Short directory for the containers' private ones. */
  stateRoot: string;
  logDirectory: string;
  /** How long a task without health checks must run to count as healthy, in milliseconds. */
  healthyAfterMs: number;
  /** The record changed in a way ECS sends an event for. */
  changed(task: TaskRecord): void;
  /** The record's health changed: no event, but the scheduler must look again. */
  healthChanged(task: TaskRecord): void;
  /** Waits, for a bounded time, until the events so far were sent. */
  flushed(): Promise<void>;
};

/** Runs one task: its containers are processes on the task's own address. It never restarts a container. */
export class Task {
  readonly record: TaskRecord;
  /** Settles when the task is STOPPED and nothing of it is left; rejects if something could not be removed. */
  readonly ended: Promise<void>;
  readonly #ports: TaskPorts;
  readonly #containers = new Map<string, ContainerProcess>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #provisioned: Promise<void>;
  readonly #end = Promise.withResolvers<void>();

  /** Starts at once; every outcome shows in `record`, none is thrown. */
  constructor(record: TaskRecord, ports: TaskPorts) {
    this.record = record;
    this.#ports = ports;
    this.ended = this.#end.promise;
    this.#changed();
    this.#provisioned = this.#provision();
    void this.#provisioned.then(() => this.#start());
  }

  /** Sets the desired status, announces it, and only then ends the containers. A second call changes nothing. */
  stop(code: TaskStopCode, reason: string): void {
    if (this.record.desiredStatus === 'STOPPED') return;
    this.record.desiredStatus = 'STOPPED';
    this.record.stopCode = code;
    this.record.stoppedReason = reason;
    this.record.stoppingAt = Date.now();
    delete this.record.healthyAt;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#changed();
    this.#shutDown().then(this.#end.resolve, this.#end.reject);
  }

  /** Ends the patience with containers that are taking their `stopTimeout`. */
  kill(): void {
    for (const container of this.#containers.values()) container.kill();
  }

  async #provision(): Promise<void> {
    try {
      this.record.address = this.#ports.network.take();
    } catch (error) {
      this.stop('TaskFailedToStart', `ResourceInitializationError: no address for the task: ${String(error)}`);
      return;
    }
    this.record.connectivityAt = Date.now();
    if (this.record.desiredStatus === 'RUNNING') this.#setStatus('PENDING');
  }

  #start(): void {
    if (this.record.desiredStatus === 'STOPPED') return;
    this.record.pullStartedAt = Date.now();
    this.record.pullStoppedAt = this.record.pullStartedAt;
    const missing = this.record.containers.find(({ definition }) => !this.#ports.images[definition.image]);
    if (missing) {
      this.#failContainer(missing, cannotPull(missing.definition.image));
      return;
    }
    this.#startReady();
  }

  /** Starts every container whose dependencies are met, until nothing more can start. */
  #startReady(): void {
    let progress = true;
    while (progress && this.record.desiredStatus === 'RUNNING') {
      progress = false;
      for (const container of this.record.containers) progress = this.#startIfReady(container) || progress;
    }
    const pending = this.record.containers.some((container) => container.lastStatus === 'PENDING');
    if (pending || this.record.lastStatus !== 'PENDING' || this.record.desiredStatus === 'STOPPED') return;
    this.record.startedAt = Date.now();
    this.#updateHealth();
    this.#setStatus('RUNNING');
  }

  #startIfReady(container: ContainerRecord): boolean {
    if (container.lastStatus !== 'PENDING' || this.record.desiredStatus === 'STOPPED') return false;
    const ready = readiness(container, this.record.containers);
    if (ready.state === 'impossible') this.#failContainer(container, ready.reason);
    if (ready.state !== 'ready') return false;
    this.#launch(container);
    return true;
  }

  #launch(container: ContainerRecord): void {
    const { definition } = container;
    const { images, endpoints, stateRoot, logDirectory, processes, containerEnvironment } = this.#ports;
    const image = images[definition.image];
    if (!image) {
      this.#failContainer(container, cannotPull(definition.image));
      return;
    }
    const stateDirectory = this.#stateDirectory(stateRoot, container);
    const place = { address: this.record.address ?? '', stateDirectory, ...endpoints.register(this.record, container) };
    const launch = {
      ...commandLine(image, definition),
      environment: environmentOf(definition, image, containerEnvironment, place),
      workingDirectory: stateDirectory,
      logFile: join(logDirectory, `${this.record.id}-${definition.name}.log`),
    };
    const listener = { exited: () => this.#onExit(container), healthChanged: () => this.#onHealth() };
    try {
      this.#containers.set(definition.name, new ContainerProcess(processes, container, launch, listener));
    } catch (error) {
      this.#failContainer(container, `CannotStartContainerError: ${error instanceof Error ? error.message : error}`);
      return;
    }
    this.#limitStart(container);
    this.#changed();
  }

  /** `startTimeout` of a container bounds how long others wait for it. */
  #limitStart({ definition }: ContainerRecord): void {
    if (definition.startTimeout === undefined) return;
    const timer = setTimeout(() => {
      const waiting = this.record.containers.find(
        (one) =>
          one.lastStatus === 'PENDING' && one.definition.dependsOn?.some((d) => d.containerName === definition.name),
      );
      if (waiting) this.#failContainer(waiting, `Container ${definition.name} exceeded its startTimeout.`);
    }, definition.startTimeout * 1000);
    this.#timers.add(timer);
  }

  #failContainer(container: ContainerRecord, reason: string): void {
    container.reason = reason;
    this.stop('TaskFailedToStart', reason);
  }

  #onExit({ definition }: ContainerRecord): void {
    this.#changed();
    if (definition.essential ?? true) this.stop('EssentialContainerExited', 'Essential container in task exited');
    else this.#startReady();
  }

  #onHealth(): void {
    this.#startReady();
    this.#updateHealth();
    this.#ports.healthChanged(this.record);
  }

  /** A task is as healthy as its essential containers; without any health check it only has to keep running. */
  #updateHealth(): void {
    const { startedAt, containers } = this.record;
    if (startedAt === undefined || this.record.desiredStatus === 'STOPPED') return;
    const checked = containers.filter(({ definition }) => (definition.essential ?? true) && definition.healthCheck);
    if (checked.length === 0) this.record.healthyAt ??= startedAt + this.#ports.healthyAfterMs;
    else if (checked.every((container) => container.health === 'HEALTHY')) this.record.healthyAt ??= Date.now();
    else delete this.record.healthyAt;
  }

  async #shutDown(): Promise<void> {
    const wasRunning = this.record.lastStatus === 'RUNNING';
    await this.#ports.flushed();
    await this.#provisioned;
    if (wasRunning) this.#setStatus('DEACTIVATING');
    this.#setStatus('STOPPING');
    for (const group of stopOrder(this.record.definition.containerDefinitions)) {
      await Promise.all(group.map(async (name) => this.#containers.get(name)?.end()));
    }
    this.record.executionStoppedAt = Date.now();
    for (const container of this.record.containers) container.lastStatus = 'STOPPED';
    this.#setStatus('DEPROVISIONING');
    await this.#cleanUp();
    this.record.stoppedAt = Date.now();
    this.#setStatus('STOPPED');
  }

  async #cleanUp(): Promise<void> {
    const { endpoints, network, stateRoot } = this.#ports;
    endpoints.unregister(this.record);
    const directories = this.record.containers.map((container) => this.#stateDirectory(stateRoot, container));
    await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
    if (this.record.address) network.release(this.record.address);
  }

  /** The last digits of the runtime id tell containers apart and keep the path short. */
  #stateDirectory(root: string, container: ContainerRecord): string {
    return join(root, container.runtimeId.slice(-10));
  }

  #setStatus(status: TaskRecord['lastStatus']): void {
    this.record.lastStatus = status;
    this.#changed();
  }

  #changed(): void {
    this.record.version += 1;
    this.record.updatedAt = Date.now();
    this.#ports.changed(this.record);
  }
}

function cannotPull(image: string): string {
  return `CannotPullContainerError: ${image} is not in the table of local images. Add it there, or correct the task definition.`;
}
