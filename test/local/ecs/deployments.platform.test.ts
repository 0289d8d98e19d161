import {
  ContinueServiceDeploymentCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  deployments,
  describe as describeService,
  type EcsWorld,
  register,
  startEcsWorld,
  tasks,
  versions,
} from './ecs-world.ts';

let world: EcsWorld;
afterEach(() => world.close());

const PAUSED = {
  strategy: 'BLUE_GREEN',
  bakeTimeInMinutes: 0,
  lifecycleHooks: [
    { targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP'], timeoutConfiguration: { timeoutInMinutes: 10 } },
  ],
} satisfies CreateServiceCommandInput['deploymentConfiguration'];

function eventually(check: () => Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 30_000, interval: 25 });
}

async function create(taskDefinition: string, more: Partial<CreateServiceCommandInput> = {}): Promise<void> {
  const input = { cluster: 'shop', serviceName: 'orders', taskDefinition, desiredCount: 2, ...more };
  await world.client.send(new CreateServiceCommand(input));
}

async function update(taskDefinition: string): Promise<void> {
  await world.client.send(new UpdateServiceCommand({ cluster: 'shop', service: 'orders', taskDefinition }));
}

async function statusIs(status: string): Promise<void> {
  await eventually(async () => expect((await deployments(world))[0]?.status).toBe(status));
}

/** The hook that waits, once one does. */
async function paused(): Promise<{ serviceDeploymentArn: string; hookId: string }> {
  return vi.waitFor(
    async () => {
      const [newest] = await deployments(world);
      const hook = newest?.lifecycleHookDetails?.find(({ status }) => status === 'AWAITING_ACTION');
      if (!hook) throw new Error(`Not paused but ${newest?.status} in ${newest?.lifecycleStage}.`);
      return { serviceDeploymentArn: newest?.serviceDeploymentArn ?? '', hookId: hook.hookId ?? '' };
    },
    { timeout: 30_000, interval: 25 },
  );
}

async function answer(action: 'CONTINUE' | 'ROLLBACK'): Promise<void> {
  await world.client.send(new ContinueServiceDeploymentCommand({ ...(await paused()), action }));
}

/** Names and reasons of the deployment events, in order, with their deployment id. */
function deploymentEvents(): string[] {
  return world.events
    .filter(({ type }) => type === 'ECS Deployment State Change')
    .map(({ detail }) => `${detail['eventName']} ${detail['deploymentId']}`);
}

function hookEvents(): unknown[] {
  return world.events.filter(({ type }) => type === 'ECS Hook State Change').map(({ detail }) => detail['eventName']);
}

async function startStable(configuration?: CreateServiceCommandInput['deploymentConfiguration']): Promise<void> {
  await create(await register(world, 'app:v1'), { deploymentConfiguration: configuration });
  if (configuration?.lifecycleHooks?.length) await answer('CONTINUE');
  await statusIs('SUCCESSFUL');
  await eventually(async () => expect(await versions(world)).toEqual(['v1', 'v1']));
}

describe('a rolling deployment on real processes', () => {
  test('goes from one version to the next, and revisions, startedBy and deployment ids agree', async () => {
    world = await startEcsWorld();
    await startStable();
    await update(await register(world, 'app:v2'));
    await statusIs('SUCCESSFUL');
    await eventually(async () => expect(await versions(world)).toEqual(['v2', 'v2']));
    const [newest] = await deployments(world);
    const revision = newest?.targetServiceRevision?.arn?.split('/').at(-1);
    const service = await describeService(world);
    expect(service.deployments).toHaveLength(1);
    expect(service.deployments?.[0]).toMatchObject({
      id: `ecs-svc/${revision}`,
      status: 'PRIMARY',
      rolloutState: 'COMPLETED',
      runningCount: 2,
    });
    const startedBy = (await tasks(world)).map((task) => task.startedBy);
    expect(startedBy).toEqual([`ecs-svc/${revision}`, `ecs-svc/${revision}`]);
    expect(newest?.sourceServiceRevisions).toHaveLength(1);
  });

  test('of a crashing image trips the circuit breaker and returns under a new deployment id', async () => {
    world = await startEcsWorld();
    await startStable({ deploymentCircuitBreaker: { enable: true, rollback: true } });
    await update(await register(world, 'crash'));
    await statusIs('ROLLBACK_SUCCESSFUL');
    await eventually(async () => expect(await versions(world)).toEqual(['v1', 'v1']));
    const [newest] = await deployments(world);
    expect(newest?.deploymentCircuitBreaker).toMatchObject({ status: 'TRIGGERED', threshold: 3 });
    const [created, completed, started, failed, back, backCompleted] = deploymentEvents().map((line) =>
      line.split(' '),
    );
    expect([created, completed, started, failed, back, backCompleted].map((line) => line?.[0])).toEqual([
      'SERVICE_DEPLOYMENT_IN_PROGRESS',
      'SERVICE_DEPLOYMENT_COMPLETED',
      'SERVICE_DEPLOYMENT_IN_PROGRESS',
      'SERVICE_DEPLOYMENT_FAILED',
      'SERVICE_DEPLOYMENT_IN_PROGRESS',
      'SERVICE_DEPLOYMENT_COMPLETED',
    ]);
    expect(failed?.[1]).toBe(started?.[1]);
    expect(back?.[1]).not.toBe(created?.[1]);
    expect(newest?.rollback?.serviceRevisionArn?.split('/').at(-1)).toBe(back?.[1]?.split('/').at(-1));
    const impaired = world.events.filter(({ detail }) => detail['eventName'] === 'SERVICE_TASK_START_IMPAIRED');
    expect(impaired.map(({ detail }) => detail['eventType'])).toEqual(['WARN']);
  });

  test('scales up and down without a deployment', async () => {
    world = await startEcsWorld();
    await startStable();
    for (const desiredCount of [4, 1]) {
      await world.client.send(new UpdateServiceCommand({ cluster: 'shop', service: 'orders', desiredCount }));
      await eventually(async () => expect(await versions(world)).toEqual(Array(desiredCount).fill('v1')));
    }
    expect(await deployments(world)).toHaveLength(1);
  });
});

describe('a headless blue/green deployment on real processes', () => {
  test('pauses with both revisions at full scale and continues', async () => {
    world = await startEcsWorld();
    await startStable(PAUSED);
    await update(await register(world, 'app:v2'));
    await paused();
    await eventually(async () => expect(await versions(world)).toEqual(['v1', 'v1', 'v2', 'v2']));
    const service = await describeService(world);
    expect(service.deployments?.map(({ status, runningCount }) => [status, runningCount])).toEqual([
      ['PRIMARY', 2],
      ['ACTIVE', 2],
    ]);
    await answer('CONTINUE');
    await statusIs('SUCCESSFUL');
    expect(await versions(world)).toEqual(['v2', 'v2']);
    expect(hookEvents()).toEqual(['HOOK_AWAITING_ACTION', 'HOOK_SUCCEEDED', 'HOOK_AWAITING_ACTION', 'HOOK_SUCCEEDED']);
  });

  test('rolled back leaves the very processes of blue alone', async () => {
    world = await startEcsWorld();
    await startStable(PAUSED);
    const blue = (await tasks(world)).map(({ taskArn = '' }) => taskArn).sort();
    await update(await register(world, 'app:v2'));
    await answer('ROLLBACK');
    await statusIs('ROLLBACK_SUCCESSFUL');
    expect((await tasks(world)).map(({ taskArn = '' }) => taskArn).sort()).toEqual(blue);
    expect(await versions(world)).toEqual(['v1', 'v1']);
    expect(hookEvents().at(-1)).toBe('HOOK_FAILED');
  });

  test("takes the hook's own timeout as its dead-man switch", async () => {
    world = await startEcsWorld({ timing: { minuteMs: 50 } });
    const configuration = { ...PAUSED, lifecycleHooks: [] };
    await startStable(configuration);
    const withHook = { cluster: 'shop', service: 'orders', deploymentConfiguration: PAUSED };
    await world.client.send(new UpdateServiceCommand(withHook));
    await update(await register(world, 'app:v2'));
    await statusIs('ROLLBACK_SUCCESSFUL');
    expect(await versions(world)).toEqual(['v1', 'v1']);
    expect(hookEvents()).toEqual(['HOOK_AWAITING_ACTION', 'HOOK_TIMED_OUT']);
  });

  test('is superseded by a newer one while it pauses', async () => {
    world = await startEcsWorld();
    await startStable(PAUSED);
    await update(await register(world, 'app:v2'));
    await paused();
    await update(await register(world, 'app:v3'));
    await eventually(async () => expect(await versions(world)).toEqual(['v1', 'v1', 'v3', 'v3']));
    const [newest, superseded] = await deployments(world);
    expect(superseded).toMatchObject({ status: 'STOPPED' });
    expect(newest?.sourceServiceRevisions).toHaveLength(2);
    await answer('CONTINUE');
    await statusIs('SUCCESSFUL');
    expect(await versions(world)).toEqual(['v3', 'v3']);
  });

  test('can be stopped with ROLLBACK outside a pause, while it bakes', async () => {
    world = await startEcsWorld();
    await startStable();
    const deploymentConfiguration = { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 10 } as const;
    await world.client.send(new UpdateServiceCommand({ cluster: 'shop', service: 'orders', deploymentConfiguration }));
    await update(await register(world, 'app:v2'));
    await eventually(async () => expect((await deployments(world))[0]?.lifecycleStage).toBe('BAKE_TIME'));
    const serviceDeploymentArn = (await deployments(world))[0]?.serviceDeploymentArn;
    const command = new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' });
    await world.client.send(command);
    await statusIs('ROLLBACK_SUCCESSFUL');
    expect(await versions(world)).toEqual(['v1', 'v1']);
  });

  test('answers a second or unknown continue, and a stop of what has ended, with the errors of the API', async () => {
    world = await startEcsWorld();
    await create(await register(world, 'app:v1'), { deploymentConfiguration: PAUSED });
    const hook = await paused();
    await world.client.send(new ContinueServiceDeploymentCommand(hook));
    const again = world.client.send(new ContinueServiceDeploymentCommand(hook));
    await expect(again).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await statusIs('SUCCESSFUL');
    const late = world.client.send(new StopServiceDeploymentCommand(hook));
    await expect(late).rejects.toMatchObject({ name: 'ConflictException' });
    const unknown = { ...hook, serviceDeploymentArn: `${hook.serviceDeploymentArn}x` };
    await expect(world.client.send(new ContinueServiceDeploymentCommand(unknown))).rejects.toMatchObject({
      name: 'ServiceDeploymentNotFoundException',
    });
  });
});
