import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ContainerDefinition,
  CreateServiceCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { addressOf, ask, type EcsWorld, register, startEcsWorld, tasks } from './ecs-world.ts';

let world: EcsWorld;
afterEach(() => world.close());

const ROLE = 'arn:aws:iam::123456789012:role/orders';

async function run(containerDefinitions: ContainerDefinition[], more = {}): Promise<string> {
  const taskDefinition = await register(world, '', { containerDefinitions, ...more });
  const { tasks: started } = await world.client.send(new RunTaskCommand({ cluster: 'shop', taskDefinition }));
  return started?.[0]?.taskArn ?? '';
}

async function describeTask(arn: string): Promise<Task> {
  const { tasks: found } = await world.client.send(new DescribeTasksCommand({ cluster: 'shop', tasks: [arn] }));
  const [task] = found ?? [];
  if (!task) throw new Error(`No task ${arn}.`);
  return task;
}

/** The task once its last status is this one. */
function reach(arn: string, status: string): Promise<Task> {
  return vi.waitFor(
    async () => {
      const task = await describeTask(arn);
      if (task.lastStatus !== status) throw new Error(`${task.lastStatus}, not ${status}: ${task.stoppedReason}`);
      return task;
    },
    { timeout: 20_000, interval: 20 },
  );
}

async function stopTask(task: string): Promise<void> {
  await world.client.send(new StopTaskCommand({ cluster: 'shop', task, reason: 'enough' }));
}

/** What a container wrote, by its name. */
function logOf(arn: string, container: string): string {
  return readFileSync(join(world.directory, 'logs', `${arn.split('/').at(-1)}-${container}.log`), 'utf8');
}

/** Statuses of the task's events, as `<last>/<desired>`, repetitions left out. */
function course(arn: string): string[] {
  const all = world.events
    .filter(({ resource }) => resource === arn)
    .map(({ detail }) => `${detail['lastStatus']}/${detail['desiredStatus']}`);
  return all.filter((status, index) => status !== all[index - 1]);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Processes of this machine whose environment names the directory of this engine's containers. */
function processesOf(stateDirectory: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`WEIR_STATE_DIR=${stateDirectory}`) && alive(pid);
    } catch {
      return false;
    }
  });
}

const server: ContainerDefinition = { name: 'app', image: 'app:v1', stopTimeout: 2 };

describe('a task', () => {
  test("goes through ECS's statuses and announces each with a rising version", async () => {
    world = await startEcsWorld();
    const arn = await run([server]);
    await reach(arn, 'RUNNING');
    await stopTask(arn);
    const stopped = await reach(arn, 'STOPPED');
    expect(stopped).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'enough' });
    await vi.waitFor(() => expect(course(arn).at(-1)).toBe('STOPPED/STOPPED'));
    expect(course(arn)).toEqual([
      'PROVISIONING/RUNNING',
      'PENDING/RUNNING',
      'RUNNING/RUNNING',
      'RUNNING/STOPPED',
      'DEACTIVATING/STOPPED',
      'STOPPING/STOPPED',
      'DEPROVISIONING/STOPPED',
      'STOPPED/STOPPED',
    ]);
    const versions = world.events.filter(({ resource }) => resource === arn).map(({ detail }) => detail['version']);
    expect(versions).toEqual(versions.map((_, index) => index + 1));
  });

  test('is told to stop on the bus before its process gets a signal', async () => {
    const order: string[] = [];
    world = await startEcsWorld({
      eventBridge: {
        putEvents: async (entries) => {
          const stopping = entries.some(({ Detail }) => Detail.includes('"desiredStatus":"STOPPED"'));
          if (!stopping || order.length > 0) return;
          const [task] = await world.client
            .send(new ListTasksCommand({ cluster: 'shop', desiredStatus: 'STOPPED' }))
            .then(({ taskArns = [] }) => Promise.all(taskArns.map(describeTask)));
          order.push(task ? `announced while the app says ${await ask(task)}` : 'no task');
        },
      },
    });
    const arn = await run([server]);
    const task = await reach(arn, 'RUNNING');
    await vi.waitFor(() => ask(task), { timeout: 10_000 });
    await stopTask(arn);
    await reach(arn, 'STOPPED');
    expect(order).toEqual(['announced while the app says v1']);
  });

  test('of an unknown image stops with the reason and never runs', async () => {
    world = await startEcsWorld();
    const arn = await run([{ name: 'app', image: 'nowhere:v9' }]);
    const task = await reach(arn, 'STOPPED');
    expect(task.stopCode).toBe('TaskFailedToStart');
    expect(task.stoppedReason).toMatch(/^CannotPullContainerError: nowhere:v9 is not in the table of local images/);
    expect(task.containers?.[0]?.reason).toBe(task.stoppedReason);
    expect(course(arn)).not.toContain('RUNNING/RUNNING');
  });

  test('whose program does not exist stops with CannotStartContainerError', async () => {
    world = await startEcsWorld();
    const task = await reach(await run([{ name: 'app', image: 'nothing' }]), 'STOPPED');
    expect(task.stoppedReason).toMatch(/^CannotStartContainerError: /);
  });

  test('ends when an essential container does, with its exit code, and takes the others with it', async () => {
    const log: string[] = [];
    world = await startEcsWorld({ log: (line) => void log.push(line) });
    const arn = await run([
      { ...server, name: 'sidecar' },
      { name: 'app', image: 'crash' },
    ]);
    const task = await reach(arn, 'STOPPED');
    expect(task).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    });
    const codes = task.containers?.map(({ name, exitCode }) => [name, exitCode]);
    expect(codes).toEqual([
      ['sidecar', 143],
      ['app', 3],
    ]);
    expect(log.join()).toMatch(
      /^ecs: task of family:orders stopped: .*\(exit codes: sidecar=143 app=3; output: .*-\*\.log\)$/,
    );
  });

  test('outlives a container that is not essential', async () => {
    world = await startEcsWorld();
    const arn = await run([server, { name: 'init', image: 'succeed', essential: false }]);
    await vi.waitFor(async () => expect((await describeTask(arn)).containers?.[1]?.exitCode).toBe(0), {
      timeout: 10_000,
    });
    expect((await describeTask(arn)).lastStatus).toBe('RUNNING');
  });

  test('kills the whole process group of a container that ignores SIGTERM after its stopTimeout', async () => {
    world = await startEcsWorld();
    const arn = await run([{ name: 'app', image: 'stubborn', stopTimeout: 1 }]);
    const running = await reach(arn, 'RUNNING');
    const environment = await vi.waitFor(() => ask(running, '/environment'), { timeout: 10_000 });
    const { WEIR_STATE_DIR } = environment as Record<string, string>;
    expect(processesOf(WEIR_STATE_DIR ?? 'missing')).toHaveLength(2);
    const asked = Date.now();
    await stopTask(arn);
    const task = await reach(arn, 'STOPPED');
    expect(Date.now() - asked).toBeGreaterThanOrEqual(1_000);
    expect(task.containers?.[0]?.exitCode).toBe(137);
    expect(processesOf(WEIR_STATE_DIR ?? 'missing')).toEqual([]);
    expect(existsSync(WEIR_STATE_DIR ?? '/')).toBe(false);
  });
});

describe('containers of a task', () => {
  const healthy = { command: ['CMD-SHELL', 'test -f "$WEIR_STATE_DIR/up"'], interval: 1, retries: 3 };

  test('start when what they depend on is healthy or done, and stop the other way round', async () => {
    world = await startEcsWorld({
      images: {
        init: { command: ['/bin/sh', '-c', 'echo done'] },
        proxy: {
          command: [
            '/bin/sh',
            '-c',
            'trap "echo proxy; exit 0" TERM; touch $WEIR_STATE_DIR/up; while :; do sleep 0.05; done',
          ],
        },
        app: { command: ['/bin/sh', '-c', 'trap "echo app; exit 0" TERM; while :; do sleep 0.05; done'] },
      },
    });
    const arn = await run([
      {
        name: 'app',
        image: 'app',
        dependsOn: [
          { containerName: 'proxy', condition: 'HEALTHY' },
          { containerName: 'init', condition: 'SUCCESS' },
        ],
      },
      { name: 'proxy', image: 'proxy', healthCheck: healthy },
      { name: 'init', image: 'init', essential: false },
    ]);
    const running = await reach(arn, 'RUNNING');
    const [app, proxy, init] = running.containers ?? [];
    expect([app?.healthStatus, proxy?.healthStatus, init?.lastStatus]).toEqual(['UNKNOWN', 'HEALTHY', 'STOPPED']);
    expect(running.healthStatus).toBe('HEALTHY');
    await stopTask(arn);
    await reach(arn, 'STOPPED');
    expect([logOf(arn, 'app'), logOf(arn, 'proxy'), logOf(arn, 'init')]).toEqual(['app\n', 'proxy\n', 'done\n']);
    const statuses = world.events
      .filter(({ resource }) => resource === arn)
      .map(({ detail }) => (detail['containers'] as { lastStatus: string }[]).map((one) => one.lastStatus).join());
    expect(statuses.indexOf('STOPPED,RUNNING,STOPPED')).toBeGreaterThan(0);
    expect(statuses).not.toContain('RUNNING,STOPPED,STOPPED');
  });

  test('stop the task when a dependency cannot be met any more', async () => {
    world = await startEcsWorld();
    const arn = await run([
      { ...server, dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] },
      { name: 'init', image: 'crash', essential: false },
    ]);
    const task = await reach(arn, 'STOPPED');
    expect(task).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'Container app cannot start: dependency init did not reach SUCCESS.',
    });
  });

  test('that turn unhealthy are replaced with their task by the service', async () => {
    world = await startEcsWorld({
      images: {
        app: { command: ['/bin/sh', '-c', 'touch $WEIR_STATE_DIR/up; sleep 0.4; rm $WEIR_STATE_DIR/up; sleep 100'] },
      },
    });
    const healthCheck = { ...healthy, interval: 0.1, retries: 2 };
    const definition = [{ name: 'app', image: 'app', healthCheck, stopTimeout: 0 }];
    const taskDefinition = await register(world, 'app', { containerDefinitions: definition });
    await world.client.send(
      new CreateServiceCommand({ cluster: 'shop', serviceName: 'orders', taskDefinition, desiredCount: 1 }),
    );
    const [first] = await vi.waitFor(
      async () => {
        const stopped = await tasks(world, 'STOPPED');
        expect(stopped.length).toBeGreaterThan(0);
        return stopped;
      },
      { timeout: 20_000 },
    );
    expect(first).toMatchObject({
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'Task failed container health checks',
    });
    await vi.waitFor(async () => expect(await tasks(world)).toHaveLength(1), { timeout: 10_000 });
  });
});

describe('the environment of a container', () => {
  test('is its own: shared, image and definition variables, the task address, and nothing of the engine', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'of the engine';
    process.env['LEAK'] = 'of the engine';
    world = await startEcsWorld();
    const environment = [{ name: 'COLOUR', value: 'green' }];
    const arn = await run([{ ...server, environment }], { taskRoleArn: ROLE });
    const task = await reach(arn, 'RUNNING');
    const seen = (await vi.waitFor(() => ask(task, '/environment'), { timeout: 10_000 })) as Record<string, string>;
    delete process.env['AWS_SECRET_ACCESS_KEY'];
    delete process.env['LEAK'];
    expect(Object.keys(seen).sort()).toEqual([
      'AWS_CONTAINER_AUTHORIZATION_TOKEN',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      'AWS_EC2_METADATA_DISABLED',
      'AWS_ENDPOINT_URL',
      'AWS_REGION',
      'COLOUR',
      'ECS_CONTAINER_METADATA_URI_V4',
      'HOME',
      'PATH',
      'VERSION',
      'WEIR_APP_ADDRESS',
      'WEIR_BIND_ADDRESS',
      'WEIR_STATE_DIR',
    ]);
    expect([seen['WEIR_BIND_ADDRESS'], seen['WEIR_APP_ADDRESS']]).toEqual([addressOf(task), addressOf(task)]);
    expect((seen['WEIR_STATE_DIR'] ?? '').length).toBeLessThan(60);
  });

  test('leads to credentials of the task role, refused without the token', async () => {
    world = await startEcsWorld();
    const arn = await run([server], { taskRoleArn: ROLE });
    const task = await reach(arn, 'RUNNING');
    const granted = await vi.waitFor(() => ask(task, '/credentials'), { timeout: 10_000 });
    expect(granted).toMatchObject({ status: 200, body: { RoleArn: ROLE, AccessKeyId: 'AKTASK', Token: 'session' } });
    expect(world.assumed).toEqual([`${ROLE}|${arn.split('/').at(-1)}`]);
    expect(await ask(task, '/credentials-with-wrong-token')).toMatchObject({
      status: 403,
      body: { code: 'AccessDenied' },
    });
  });

  test('has no credentials without a task role', async () => {
    world = await startEcsWorld();
    const task = await reach(await run([server]), 'RUNNING');
    const seen = (await vi.waitFor(() => ask(task, '/environment'), { timeout: 10_000 })) as Record<string, string>;
    expect(seen).not.toHaveProperty('AWS_CONTAINER_CREDENTIALS_FULL_URI');
  });

  test('leads to metadata version 4 of the container and its task', async () => {
    world = await startEcsWorld();
    const arn = await run([server]);
    const task = await reach(arn, 'RUNNING');
    const of = await vi.waitFor(() => ask(task, '/task'), { timeout: 10_000 });
    expect(of).toMatchObject({
      status: 200,
      body: {
        Cluster: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop',
        TaskARN: arn,
        Family: 'orders',
        Revision: '1',
        DesiredStatus: 'RUNNING',
        KnownStatus: 'RUNNING',
        AvailabilityZone: 'eu-west-1a',
        LaunchType: 'FARGATE',
        Containers: [{ Name: 'app', Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: [addressOf(task)] }] }],
      },
    });
    expect(await ask(task, '/metadata')).toMatchObject({ status: 200, body: { Name: 'app', Image: 'app:v1' } });
  });
});

describe('closing the engine', () => {
  test('does not wait for a stopTimeout longer than its own patience', async () => {
    world = await startEcsWorld({ timing: { closeGraceMs: 200 } });
    const arn = await run([{ name: 'app', image: 'stubborn', stopTimeout: 120 }]);
    const task = await reach(arn, 'RUNNING');
    await vi.waitFor(() => ask(task), { timeout: 10_000 });
    await world.engine.close();
    const last = world.events.findLast(({ resource }) => resource === arn);
    expect(last?.detail).toMatchObject({ lastStatus: 'STOPPED', containers: [{ exitCode: 137 }] });
  });

  test('leaves no process, no directory, no address and no listener', async () => {
    world = await startEcsWorld();
    const taken: string[] = [];
    const returned: string[] = [];
    const { take, release } = world.network;
    world.network.take = () => {
      const address = take();
      taken.push(address);
      return address;
    };
    world.network.release = (address) => {
      returned.push(address);
      release(address);
    };
    const arns = await Promise.all([run([server]), run([server])]);
    const running = await Promise.all(arns.map((arn) => reach(arn, 'RUNNING')));
    const environments = (await Promise.all(
      running.map((task) => vi.waitFor(() => ask(task, '/environment'), { timeout: 10_000 })),
    )) as Record<string, string>[];
    await world.engine.close();
    for (const { WEIR_STATE_DIR = '', ECS_CONTAINER_METADATA_URI_V4 = '' } of environments) {
      expect(processesOf(WEIR_STATE_DIR)).toEqual([]);
      expect(existsSync(join(WEIR_STATE_DIR, '..'))).toBe(false);
      await expect(fetch(ECS_CONTAINER_METADATA_URI_V4)).rejects.toThrow();
    }
    expect(taken).toHaveLength(2);
    expect(returned.sort()).toEqual(taken.sort());
    await expect(fetch(world.engine.url)).rejects.toThrow();
    expect(world.events.filter(({ detail }) => detail['lastStatus'] === 'STOPPED')).toHaveLength(2);
  });
});
