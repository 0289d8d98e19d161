import {
  ContinueServiceDeploymentCommand,
  CreateServiceCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { deployments, type EcsWorld, register, type SeenEvent, startEcsWorld, tasks } from './ecs-world.ts';

let world: EcsWorld;
afterEach(() => world.close());

const ARN = 'arn:aws:ecs:eu-west-1:123456789012';
const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const wholeSecond = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** The first event that fits, once it has arrived. */
function event(type: string, fits: (detail: SeenEvent['detail']) => boolean): Promise<SeenEvent> {
  return vi.waitFor(
    () => {
      const found = world.events.find((one) => one.type === type && fits(one.detail));
      if (!found) throw new Error(`No such ${type} among ${world.events.length} events.`);
      return found;
    },
    { timeout: 20_000, interval: 20 },
  );
}

async function create(image: string, more = {}): Promise<void> {
  const taskDefinition = await register(world, image);
  const input = { cluster: 'shop', serviceName: 'orders', taskDefinition, desiredCount: 1, ...more };
  await world.client.send(new CreateServiceCommand(input));
}

describe('an ECS Task State Change event', () => {
  test('has every field of the documented Fargate sample, and no health status', async () => {
    world = await startEcsWorld();
    await create('app:v1');
    const { resource, detail } = await event('ECS Task State Change', (one) => one['lastStatus'] === 'RUNNING');
    const [task] = await tasks(world);
    const attachment = (detail['attachments'] as { id: string; details: { name: string; value: string }[] }[])[0];
    const address = attachment?.details.find(({ name }) => name === 'privateIPv4Address')?.value;
    expect(resource).toBe(task?.taskArn);
    expect(detail).toEqual({
      attachments: [
        {
          id: uuid,
          type: 'eni',
          status: 'ATTACHED',
          details: [
            { name: 'subnetId', value: expect.stringMatching(/^subnet-/) },
            { name: 'networkInterfaceId', value: expect.stringMatching(/^eni-/) },
            { name: 'macAddress', value: expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/) },
            { name: 'privateDnsName', value: expect.any(String) },
            { name: 'privateIPv4Address', value: expect.stringMatching(/^127\./) },
          ],
        },
      ],
      availabilityZone: 'eu-west-1a',
      clusterArn: `${ARN}:cluster/shop`,
      containers: [
        {
          containerArn: expect.stringMatching(
            new RegExp(`^${ARN}:container/shop/${task?.taskArn?.split('/').at(-1)}/`),
          ),
          lastStatus: 'RUNNING',
          name: 'app',
          image: 'app:v1',
          runtimeId: expect.stringMatching(/^[0-9a-f]{32}-\d{10}$/),
          taskArn: task?.taskArn,
          networkInterfaces: [{ attachmentId: attachment?.id, privateIpv4Address: address }],
          cpu: '0',
        },
      ],
      createdAt: iso,
      launchType: 'FARGATE',
      cpu: '256',
      memory: '512',
      desiredStatus: 'RUNNING',
      group: 'service:orders',
      lastStatus: 'RUNNING',
      overrides: { containerOverrides: [{ name: 'app' }] },
      connectivity: 'CONNECTED',
      connectivityAt: iso,
      pullStartedAt: iso,
      pullStoppedAt: iso,
      startedAt: iso,
      startedBy: task?.startedBy,
      updatedAt: iso,
      taskArn: task?.taskArn,
      taskDefinitionArn: `${ARN}:task-definition/orders:1`,
      version: 4,
      platformVersion: '1.4.0',
    });
    expect(task?.startedBy).toMatch(/^ecs-svc\/\d+$/);
  });

  test('knows no address before the interface is attached, and none after the task has stopped', async () => {
    world = await startEcsWorld();
    await create('app:v1');
    const first = await event('ECS Task State Change', () => true);
    expect(first.detail).toMatchObject({
      lastStatus: 'PROVISIONING',
      version: 1,
      attachments: [{ status: 'PRECREATED', details: [] }],
      containers: [{ lastStatus: 'PENDING', networkInterfaces: [] }],
    });
    const attached = await event('ECS Task State Change', (one) => one['lastStatus'] === 'PENDING');
    expect(attached.detail).toMatchObject({ version: 2, attachments: [{ status: 'ATTACHED' }] });
    await event('ECS Task State Change', (one) => one['lastStatus'] === 'RUNNING');
    await world.client.send(new StopTaskCommand({ cluster: 'shop', task: first.resource, reason: 'by hand' }));
    const stopped = await event('ECS Task State Change', (one) => one['lastStatus'] === 'STOPPED');
    expect(stopped.detail).toMatchObject({
      attachments: [{ status: 'DELETED', details: [] }],
      containers: [{ lastStatus: 'STOPPED', exitCode: 143 }],
      stopCode: 'UserInitiated',
      stoppedReason: 'by hand',
      stoppingAt: iso,
      executionStoppedAt: iso,
      stoppedAt: iso,
    });
  });
});

describe('the events of a service', () => {
  test('report a deployment as ECS Deployment State Change and again as ECS Service Action', async () => {
    world = await startEcsWorld();
    await create('app:v1');
    const started = await event('ECS Deployment State Change', () => true);
    const id = (await tasks(world))[0]?.startedBy;
    expect(started.resource).toBe(`${ARN}:service/shop/orders`);
    expect(started.detail).toEqual({
      eventType: 'INFO',
      eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS',
      clusterArn: `${ARN}:cluster/shop`,
      deploymentId: id,
      updatedAt: wholeSecond,
      reason: `ECS deployment ${id} in progress.`,
    });
    const completed = await event(
      'ECS Deployment State Change',
      ({ eventName }) => eventName === 'SERVICE_DEPLOYMENT_COMPLETED',
    );
    expect(completed.detail).toMatchObject({ deploymentId: id, reason: `ECS deployment ${id} completed.` });
    const steady = await event('ECS Service Action', ({ eventName }) => eventName === 'SERVICE_STEADY_STATE');
    expect(steady).toMatchObject({ resource: `${ARN}:service/shop/orders` });
    expect(steady.detail).toEqual({
      eventType: 'INFO',
      eventName: 'SERVICE_STEADY_STATE',
      clusterArn: `${ARN}:cluster/shop`,
      createdAt: iso,
    });
    const actions = world.events
      .filter(({ type }) => type === 'ECS Service Action')
      .map(({ detail }) => detail['eventName']);
    expect(actions).toEqual(['SERVICE_DEPLOYMENT_IN_PROGRESS', 'SERVICE_DEPLOYMENT_COMPLETED', 'SERVICE_STEADY_STATE']);
  });

  test('report a waiting hook with all that ContinueServiceDeployment needs', async () => {
    world = await startEcsWorld();
    const timeoutConfiguration = { timeoutInMinutes: 10, action: 'ROLLBACK' };
    const hook = { targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP'], timeoutConfiguration };
    const deploymentConfiguration = { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0, lifecycleHooks: [hook] };
    await create('app:v1', { deploymentConfiguration });
    const { resource, detail } = await event('ECS Hook State Change', () => true);
    const [deployment] = await deployments(world);
    expect(resource).toBe(deployment?.serviceDeploymentArn);
    expect(resource).toMatch(/:service-deployment\/shop\/orders\/[\w-]{21}$/);
    expect(detail).toEqual({
      eventType: 'INFO',
      eventName: 'HOOK_AWAITING_ACTION',
      hookId: expect.stringMatching(/^ecs-pause-[\w-]{43}$/),
      hookType: 'PAUSE',
      expiresAt: wholeSecond,
      lifecycleStage: 'POST_SCALE_UP',
      clusterArn: `${ARN}:cluster/shop`,
      serviceArn: `${ARN}:service/shop/orders`,
      serviceDeploymentArn: resource,
      updatedAt: iso,
    });
    expect(deployment?.lifecycleHookDetails).toEqual([
      expect.objectContaining({
        hookId: detail['hookId'],
        targetType: 'PAUSE',
        status: 'AWAITING_ACTION',
        timeoutAction: 'ROLLBACK',
      }),
    ]);
    const { hookId } = detail as { hookId: string };
    await world.client.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn: resource, hookId }));
    const succeeded = await event('ECS Hook State Change', ({ eventName }) => eventName === 'HOOK_SUCCEEDED');
    expect(succeeded.detail).toMatchObject({ hookId, eventType: 'INFO' });
  });

  test('can be lost, repeated and reordered for a test of a bad day, while the service itself does not care', async () => {
    world = await startEcsWorld({
      eventFilter: (entry) => {
        if (entry.DetailType === 'ECS Service Action') return [];
        return entry.Detail.includes('IN_PROGRESS') ? [{ entry, delayMs: 400 }] : [{ entry }, { entry }];
      },
    });
    await create('app:v1');
    await event('ECS Deployment State Change', ({ eventName }) => eventName === 'SERVICE_DEPLOYMENT_IN_PROGRESS');
    const names = world.events
      .filter(({ type }) => type === 'ECS Deployment State Change')
      .map(({ detail }) => detail['eventName']);
    expect(names).toEqual([
      'SERVICE_DEPLOYMENT_COMPLETED',
      'SERVICE_DEPLOYMENT_COMPLETED',
      'SERVICE_DEPLOYMENT_IN_PROGRESS',
    ]);
    expect(world.events.some(({ type }) => type === 'ECS Service Action')).toBe(false);
    const versions = world.events
      .filter(({ type }) => type === 'ECS Task State Change')
      .map(({ detail }) => detail['version']);
    expect(versions).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
  });

  test('report that no address was left for a task, and the task starts once there is one', async () => {
    let left = 0;
    world = await startEcsWorld();
    const { take } = world.network;
    world.network.take = () => {
      if (left === 0) throw new Error('NetworkExhausted');
      return take();
    };
    await create('app:v1');
    const failure = await event(
      'ECS Service Action',
      ({ eventName }) => eventName === 'SERVICE_TASK_PLACEMENT_FAILURE',
    );
    expect(failure.detail).toMatchObject({ eventType: 'ERROR', reason: 'RESOURCE:ENI' });
    left = 1;
    await event('ECS Task State Change', ({ lastStatus }) => lastStatus === 'RUNNING');
    const update = new UpdateServiceCommand({ cluster: 'shop', service: 'orders', desiredCount: 0 });
    await world.client.send(update);
  });
});
