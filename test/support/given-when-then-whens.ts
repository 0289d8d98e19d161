import { ExecutionStatus, ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { ShopServiceName } from '../../local/story/shop.ts';
import { waitFor } from '../../local/story/wait-for.ts';
import { rolloutId } from '../../local/story/watch-rollout.ts';
import type { Verb } from '../../local/story/weir-api.ts';
import { alarms } from './given-when-then-alarms.ts';
import { descendants, processesOfTask, type SeenProcess } from './given-when-then-processes.ts';
import type { RunningTask, World } from './given-when-then-world.ts';

const STEP_MS = 90_000;

/** A process of a task. */
export type Part = 'agent' | 'envoy';

const isPart: Record<Part, (process: SeenProcess) => boolean> = {
  agent: ({ command }) => /agent\/main\.mjs/.test(command) && !/\bhealth\b/.test(command),
  envoy: ({ command }) => /(^|\/)envoy(\s|$)/.test(command.split(' ')[0] ?? ''),
};

/** What happens in a scenario. */
export const whens = (world: World) => ({
  /** A pipeline releases `shop/<service>:<version>`. */
  async release(service: ShopServiceName, version: string): Promise<void> {
    world.released.push(await world.shop.release(service, version));
  },

  /** The metric under the alarm of this name goes bad. */
  metricRises: alarms(world).metricRises,

  /** The canary of the last release has this weight or more and every sidecar has confirmed it. */
  async weightReaches(percent: number): Promise<void> {
    await waitFor(`the canary to reach ${percent} %`, STEP_MS, async () => {
      const rollout = await world.shop.api.rollout(rolloutId(world.last.deployment));
      const ended = rollout !== undefined && rollout.status !== 'running';
      if (ended) return { ended: `it ended ${rollout.status}: ${rollout.reason}` };
      return rollout?.steps.some((step) => step.weight >= percent && step.ackedSidecars === step.requiredSidecars);
    }).then((seen) => {
      if (typeof seen === 'object') throw new Error(`The canary never reached ${percent} %: ${seen.ended}`);
    });
  },

  /** `kill -9` of one process of a stable task. */
  async kill(part: Part, service: ShopServiceName): Promise<RunningTask> {
    const task = await world.stableTaskOf(service);
    const victim = partOf(task, part);
    if (service === 'front' && part === 'envoy') world.killed.push(task.address);
    process.kill(victim.pid, 'SIGKILL');
    return task;
  },

  /** `kill -9` of every process of one Lambda function: its execution environments. */
  killWorkersOf(functionName: string): void {
    const workers = descendants(process.pid).filter(({ environment }) =>
      environment['AWS_LAMBDA_FUNCTION_NAME']?.includes(functionName),
    );
    if (workers.length === 0) throw new Error(`No process of a Lambda function ${functionName} runs.`);
    for (const { pid } of workers) process.kill(pid, 'SIGKILL');
  },

  /** SIGSTOP: the agent lives, holds its connections and says nothing. */
  async silence(service: ShopServiceName): Promise<RunningTask> {
    const task = await world.stableTaskOf(service);
    process.kill(partOf(task, 'agent').pid, 'SIGSTOP');
    return task;
  },

  /** So many more requests of the shop's clients are answered. */
  async requestsFlow(more: number): Promise<void> {
    const { load } = world.shop;
    const { requests } = load.counts();
    await waitFor(`${more} more requests`, STEP_MS, async () => load.counts().requests >= requests + more);
  },

  /** Somebody gives the last release's rollout an order. */
  async operatorSays(verb: Verb, body?: Record<string, unknown>): Promise<void> {
    await world.shop.api.command(rolloutId(world.last.deployment), verb, body);
  },

  /** The same of the release so many before the last. */
  async operatorSaysOf(back: number, verb: Verb): Promise<void> {
    const released = world.released.at(-1 - back) ?? world.last;
    await world.shop.api.command(rolloutId(released.deployment), verb);
  },

  /** The last release's rollout stands still in this phase, or is in it. */
  async phaseIs(phase: string): Promise<void> {
    const id = rolloutId(world.last.deployment);
    const seen = await waitFor(`the rollout to be ${phase}`, STEP_MS, async () => {
      const rollout = await world.shop.api.rollout(id);
      return rollout?.phase === phase || (rollout?.status !== 'running' && rollout);
    });
    if (typeof seen === 'object') throw new Error(`It was never ${phase}: ${seen.status}, ${seen.reason}`);
  },

  /** Somebody takes the service back, whatever runs. */
  async serviceIsRolledBack(): Promise<void> {
    await world.shop.api.rollBack(world.last.serviceArn);
  },

  /** The rollout of the last release is tried again: what follows is about the new one. */
  async lastIsRetried(): Promise<void> {
    const id = await world.shop.api.command(rolloutId(world.last.deployment), 'retry');
    world.released.push({ ...world.last, deployment: id.replace('dep-', 'ecs-svc/') });
  },

  /** The state machine's execution is stopped from outside, as an operator's mistake or a quota would. */
  async executionIsStopped(): Promise<void> {
    const { urls, region, iam, outputs } = world.platform;
    const client = new SFNClient({ endpoint: urls.aws, region, credentials: iam });
    const name = rolloutId(world.last.deployment);
    const { executions = [] } = await client.send(
      new ListExecutionsCommand({ stateMachineArn: outputs['CanaryArn'], statusFilter: ExecutionStatus.RUNNING }),
    );
    const execution = executions.find((candidate) => candidate.name === name);
    if (execution === undefined) throw new Error(`No running execution is called ${name}.`);
    await client.send(new StopExecutionCommand({ executionArn: execution.executionArn, cause: 'end-to-end test' }));
  },
});

function partOf(task: RunningTask, part: Part): SeenProcess {
  const all = processesOfTask(task.address);
  const found = all.find(isPart[part]);
  if (found) return found;
  throw new Error(`Task ${task.id} runs no ${part}: ${all.map(({ command }) => command).join(' | ')}`);
}
