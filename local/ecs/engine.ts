import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Processes } from '../processes.ts';
import { arnsOf, randomMint } from './arns.ts';
import { type EventFilter, EventPublisher, type EventSink } from './event-publisher.ts';
import type { Image } from './images.ts';
import { type Authorize, requireSignature, serveJsonProtocol } from './json-protocol.ts';
import { clusterOperations } from './operations/clusters.ts';
import type { OperationContext } from './operations/context.ts';
import { serviceDeploymentOperations } from './operations/service-deployments.ts';
import { serviceOperations } from './operations/services.ts';
import { tagOperations } from './operations/tags.ts';
import { taskDefinitionOperations } from './operations/task-definitions.ts';
import { taskOperations } from './operations/tasks.ts';
import type { RestartPolicy } from './reconcile.ts';
import { Registry } from './registry.ts';
import type { AssumeRole } from './role-credentials.ts';
import { ServiceScheduler } from './service-scheduler.ts';
import { failedByItself, type TaskDefinitionRecord, type TaskRecord } from './state.ts';
import { Task, type TaskNetwork, type TaskPorts } from './task.ts';
import { startTaskEndpoints, type TaskEndpoints } from './task-endpoints.ts';
import { newTaskRecord, type TaskOrigin } from './task-record.ts';

/** What the engine runs in. */
export type EcsEngineOptions = {
  region: string;
  account: string;
  eventBridge: EventSink;
  stsAssumeRole: AssumeRole;
  network: TaskNetwork;
  processes: Pick<Processes, 'spawn' | 'removeAtEnd'>;
  /** What to run for each image; a task with any other image stops with CannotPullContainerError. */
  images: Readonly<Record<string, Image>>;
  /** Given to every container, below its image's and its definition's own: AWS_ENDPOINT_URL, AWS_REGION … */
  containerEnvironment: Readonly<Record<string, string>>;
  /** Gets `logs/<task>-<container>.log`; the logs outlive the engine. */
  directory: string;
  log(message: string): void;
  /** Who may call; by default whoever signs at all. */
  authorize?: Authorize;
  /** For tests of bad days. */
  eventFilter?: EventFilter;
  timing?: Partial<EcsTiming>;
};

/** ECS's waiting times, shortened where a laptop has no use for them. */
export type EcsTiming = {
  /** One minute of hook timeouts and bake times. */
  minuteMs: number;
  /** A task without health checks is healthy after running so long; ECS waits 40 s (API_DeploymentConfiguration). */
  healthyAfterMs: number;
  /** How long `close` lets containers end by themselves; ECS itself never closes. */
  closeGraceMs: number;
  restart: RestartPolicy;
};

const DEFAULT_TIMING: EcsTiming = {
  minuteMs: 60_000,
  healthyAfterMs: 500,
  closeGraceMs: 5_000,
  restart: { firstDelayMs: 250, maxDelayMs: 60_000, impairedAfter: 3 },
};

/** How long an event bus that hangs may hold up what waits for it: the signals of a stop, the end of the engine. */
const ANNOUNCE_LIMIT_MS = 2_000;

/** A running local ECS. */
export type EcsEngine = {
  /** Its endpoint, for AWS_ENDPOINT_URL_ECS. */
  url: string;
  /** Stops every task and leaves no process, socket or directory but the logs. */
  close(): Promise<void>;
};

/** Starts an ECS whose tasks are processes on loopback addresses, speaking ECS's own API and events. */
export async function startEcsEngine(options: EcsEngineOptions): Promise<EcsEngine> {
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const arns = arnsOf(options.region, options.account);
  const registry = new Registry();
  const publisher = new EventPublisher(options.eventBridge, options.log, options.eventFilter);
  const endpoints = await startTaskEndpoints(arns.cluster, options.stsAssumeRole);
  const stateRoot = mkdtempSync(join(tmpdir(), 'weir-'));
  options.processes.removeAtEnd(stateRoot);

  const startTask = (definition: TaskDefinitionRecord, origin: TaskOrigin): TaskRecord => {
    const record = newTaskRecord(arns, definition, origin, `${options.region}a`, Date.now());
    const task = new Task(record, taskPorts);
    registry.tasks.set(record.id, task);
    task.ended.then(
      () => logFailure(record, options),
      (error: unknown) => options.log(`ecs: task ${record.arn} did not end cleanly: ${String(error)}`),
    );
    return record;
  };
  const scheduler = new ServiceScheduler({
    arns,
    registry,
    publisher,
    surroundings: { mint: randomMint, minuteMs: timing.minuteMs, restart: timing.restart },
    now: Date.now,
    startTask: ({ cluster, name, revisions }, revision) => {
      const taskDefinition = revisions.find(({ id }) => id === revision)?.taskDefinitionArn ?? '';
      const definition = registry.findDefinition(taskDefinition);
      if (definition) startTask(definition, { cluster, service: name, revision });
    },
  });
  const taskPorts = taskPortsOf(options, timing, { endpoints, stateRoot, scheduler, publisher });
  const operations = operationsOf({ arns, registry, scheduler, now: Date.now, startTask });
  const server = await serveJsonProtocol(operations, options.authorize ?? requireSignature, options.log);
  return {
    url: server.url,
    close: async () => {
      await server.close();
      scheduler.close();
      await stopAll(registry, timing.closeGraceMs);
      await publisher.close(ANNOUNCE_LIMIT_MS);
      await endpoints.close();
      await rm(stateRoot, { recursive: true, force: true });
    },
  };
}

function operationsOf(context: OperationContext) {
  return new Map([
    ...clusterOperations(context),
    ...taskDefinitionOperations(context),
    ...serviceOperations(context),
    ...taskOperations(context),
    ...serviceDeploymentOperations(context),
    ...tagOperations(context),
  ]);
}

function taskPortsOf(
  { processes, network, images, containerEnvironment, directory }: EcsEngineOptions,
  { healthyAfterMs }: EcsTiming,
  parts: { endpoints: TaskEndpoints; stateRoot: string; scheduler: ServiceScheduler; publisher: EventPublisher },
): TaskPorts {
  const logDirectory = join(directory, 'logs');
  mkdirSync(logDirectory, { recursive: true });
  return {
    processes,
    network,
    images,
    containerEnvironment,
    endpoints: parts.endpoints,
    stateRoot: parts.stateRoot,
    logDirectory,
    healthyAfterMs,
    changed: (task) => parts.scheduler.taskChanged(task),
    healthChanged: (task) => parts.scheduler.healthChanged(task),
    flushed: () => parts.publisher.flush(ANNOUNCE_LIMIT_MS),
  };
}

async function stopAll(registry: Registry, graceMs: number): Promise<void> {
  const tasks = [...registry.tasks.values()];
  for (const task of tasks) task.stop('ServiceSchedulerInitiated', 'Local ECS is shutting down.');
  const impatience = setTimeout(() => {
    for (const task of tasks) task.kill();
  }, graceMs);
  await Promise.allSettled(tasks.map((task) => task.ended));
  clearTimeout(impatience);
}

/** Tells whoever watches local mode why a task is gone and where its containers wrote. */
function logFailure(task: TaskRecord, { log, directory }: EcsEngineOptions): void {
  if (!failedByItself(task)) return;
  const exits = task.containers.filter(({ exitCode }) => exitCode !== undefined);
  const codes = exits.map(({ definition, exitCode }) => `${definition.name}=${exitCode}`).join(' ') || 'none';
  const logs = join(directory, 'logs', `${task.id}-*.log`);
  log(`ecs: task of ${task.group} stopped: ${task.stoppedReason} (exit codes: ${codes}; output: ${logs})`);
}
