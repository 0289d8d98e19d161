import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CreateClusterCommand,
  DescribeServiceDeploymentsCommand,
  type DescribeServiceDeploymentsResponse,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  type Service,
  type Task,
} from '@aws-sdk/client-ecs';
import { type EcsEngine, type EcsEngineOptions, startEcsEngine } from '../../../local/ecs/engine.ts';
import type { EventEntry } from '../../../local/ecs/events.ts';
import { claimNetwork, type Network } from '../../../local/network.ts';
import { Processes } from '../../../local/processes.ts';

const SERVER = fileURLToPath(new URL('images/server.mjs', import.meta.url));

/** An event as a rule's target would receive it. */
export type SeenEvent = { type: string; resource: string; time: Date; detail: Record<string, unknown> };

/** The engine under test with the unmodified SDK in front of it and everything around it that a test looks at. */
export type EcsWorld = {
  engine: EcsEngine;
  client: ECSClient;
  processes: Processes;
  network: Network;
  directory: string;
  /** Every event the engine published, in the order it arrived. */
  events: SeenEvent[];
  /** Roles assumed, as `<role>|<session name>`. */
  assumed: string[];
  close(): Promise<void>;
};

const DEPLOYABLE = { command: [process.execPath, SERVER] } as const;

/** Images every test can name; `crash` and its like are what their names say. */
export const IMAGES: EcsEngineOptions['images'] = {
  'app:v1': { ...DEPLOYABLE, env: { VERSION: 'v1' } },
  'app:v2': { ...DEPLOYABLE, env: { VERSION: 'v2' } },
  'app:v3': { ...DEPLOYABLE, env: { VERSION: 'v3' } },
  stubborn: { ...DEPLOYABLE, env: { VERSION: 'stubborn', STUBBORN: 'yes' } },
  sleep: { command: ['/bin/sleep', '1000'] },
  crash: { command: ['/bin/sh', '-c', 'exit 3'] },
  succeed: { command: ['/bin/sh', '-c', 'exit 0'] },
  nothing: { command: ['/no/such/program'] },
};

/** Starts an engine with fakes of its own ports only; times are shortened so that nothing waits a real minute. */
export async function startEcsWorld(more: Partial<EcsEngineOptions> = {}): Promise<EcsWorld> {
  const processes = new Processes();
  const network = await claimNetwork();
  const directory = await mkdtemp(join(tmpdir(), 'ecs-test-'));
  const events: SeenEvent[] = [];
  const assumed: string[] = [];
  const engine = await startEcsEngine({
    region: 'eu-west-1',
    account: '123456789012',
    eventBridge: { putEvents: async (entries) => void events.push(...entries.map(seen)) },
    stsAssumeRole: async (role, session) => {
      assumed.push(`${role}|${session}`);
      const expiration = new Date(Date.now() + 3_600_000);
      return { accessKeyId: 'AKTASK', secretAccessKey: 'secret', sessionToken: 'session', expiration };
    },
    network,
    processes,
    images: IMAGES,
    containerEnvironment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_REGION: 'eu-west-1' },
    directory,
    log: () => {},
    ...more,
    timing: {
      healthyAfterMs: 150,
      restart: { firstDelayMs: 30, maxDelayMs: 200, impairedAfter: 3 },
      ...more.timing,
    },
  });
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'test' };
  const client = new ECSClient({ endpoint: engine.url, region: 'eu-west-1', credentials, maxAttempts: 1 });
  await client.send(new CreateClusterCommand({ clusterName: 'shop' }));
  const close = async () => {
    client.destroy();
    await engine.close();
    await processes.endAll(0);
    await network.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { engine, client, processes, network, directory, events, assumed, close };
}

function seen({ DetailType, Resources, Detail, Time }: EventEntry): SeenEvent {
  return { type: DetailType, resource: Resources.join(), time: Time, detail: JSON.parse(Detail) };
}

/** Registers a task definition of one container and returns its ARN. */
export async function register(
  { client }: EcsWorld,
  image: string,
  more: Partial<RegisterTaskDefinitionCommandInput> = {},
): Promise<string> {
  const containerDefinitions = more.containerDefinitions ?? [{ name: 'app', image, stopTimeout: 2 }];
  const command = new RegisterTaskDefinitionCommand({ family: 'orders', ...more, containerDefinitions });
  const { taskDefinition } = await client.send(command);
  return taskDefinition?.taskDefinitionArn ?? '';
}

export async function describe({ client }: EcsWorld, service = 'orders'): Promise<Service> {
  const { services } = await client.send(new DescribeServicesCommand({ cluster: 'shop', services: [service] }));
  const [found] = services ?? [];
  if (!found) throw new Error(`No service ${service}.`);
  return found;
}

type Deployments = NonNullable<DescribeServiceDeploymentsResponse['serviceDeployments']>;

/** Service deployments, newest first, in full. */
export async function deployments({ client }: EcsWorld, service = 'orders'): Promise<Deployments> {
  const list = await client.send(new ListServiceDeploymentsCommand({ cluster: 'shop', service }));
  const serviceDeploymentArns = (list.serviceDeployments ?? []).map((one) => one.serviceDeploymentArn ?? '');
  const { serviceDeployments } = await client.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }));
  return serviceDeployments ?? [];
}

/** Tasks of a service whose desired status is `desiredStatus`. */
export async function tasks(
  { client }: EcsWorld,
  desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING',
  serviceName = 'orders',
): Promise<Task[]> {
  const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster: 'shop', serviceName, desiredStatus }));
  if (taskArns.length === 0) return [];
  const { tasks: found = [] } = await client.send(new DescribeTasksCommand({ cluster: 'shop', tasks: taskArns }));
  return found;
}

/** The task's address, as a consumer of DescribeTasks finds it. */
export function addressOf(task: Task): string {
  const details = task.attachments?.[0]?.details ?? [];
  return details.find(({ name }) => name === 'privateIPv4Address')?.value ?? '';
}

/** Asks a task's application. */
export async function ask(task: Task, path = '/version'): Promise<unknown> {
  const response = await fetch(`http://${addressOf(task)}:8080${path}`);
  return response.json();
}

/** Answers of every running task of the service that answers, sorted; tasks still starting are left out. */
export async function versions(world: EcsWorld): Promise<string[]> {
  const running = await tasks(world);
  const answers = await Promise.all(running.map((task) => ask(task).catch(() => undefined)));
  return answers.filter((answer) => typeof answer === 'string').sort();
}
