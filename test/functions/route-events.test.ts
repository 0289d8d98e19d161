import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { receiveAcks } from '../../functions/receive-acks/receive-acks.ts';
import { routeEvents } from '../../functions/route-events/route-events.ts';
import { busEvent, CLUSTER, client, EventWorld, orders, SERVICE, TASK, taskEventOf } from '../support/event-world.ts';
import { ackMessage } from '../support/sidecar-messages.ts';

const KEY = '111122223333/shop/vn/orders';
const route = (world: EventWorld) => routeEvents(world.ports);
const acks = (world: EventWorld) => receiveAcks(world.ports);
const stopping = { desiredStatus: 'STOPPED' };

describe('a task', () => {
  test('is an endpoint once ECS says RUNNING and its sidecar is ready, and its clients are told', async () => {
    const world = new EventWorld();
    await acks(world)([ackMessage({ ready: true })]);
    await route(world)(taskEventOf(1, 'PENDING'));
    const before = world.endpoints();
    await route(world)(taskEventOf(2, 'RUNNING'));

    expect([before, world.endpoints()]).toEqual([[], [TASK]]);
    expect(world.pushes.at(-1)).toEqual([client.name]);
  });

  test('leaves at the first word that ECS wants it stopped, while it still runs', async () => {
    const world = new EventWorld();
    await acks(world)([ackMessage({ ready: true })]);
    await route(world)(taskEventOf(2, 'RUNNING'));
    world.pushes.length = 0;
    await route(world)(taskEventOf(3, 'RUNNING', stopping));

    expect(world.endpoints()).toEqual([]);
    expect(world.pushes).toEqual([[client.name]]);
  });

  test('that is told of late stays as it was', async () => {
    const world = new EventWorld();
    await acks(world)([ackMessage({ ready: true })]);
    await route(world)(taskEventOf(3, 'RUNNING', stopping));
    world.pushes.length = 0;
    await route(world)(taskEventOf(2, 'RUNNING'));

    expect(world.endpoints()).toEqual([]);
    expect(world.pushes).toEqual([]);
  });

  test('that is told of twice is pushed again, because the first delivery may have died before its push', async () => {
    const world = new EventWorld();
    await route(world)(taskEventOf(2, 'RUNNING'));
    world.pushes.length = 0;
    await route(world)(taskEventOf(2, 'RUNNING'));

    expect(world.pushes).toEqual([[client.name, orders.name]]);
  });

  test('that starts or ends wakes the rollouts that look at its node', async () => {
    const world = new EventWorld();
    world.waitingRollouts = ['dep-1', 'dep-2'];
    await route(world)(taskEventOf(2, 'RUNNING'));

    expect(world.woken).toEqual(['dep-1', 'dep-2']);
  });

  test('of a task definition without a mesh is none of ours', async () => {
    const world = new EventWorld();
    await route(world)(taskEventOf(2, 'RUNNING', { taskDefinitionArn: 'batch:7' }));

    expect([world.tasks.size, world.pushes, world.splits.size, world.warnings]).toEqual([0, [], 0, []]);
  });

  test('has its proxy compiled for the way it meets its Envoy', async () => {
    const world = new EventWorld();
    await route(world)(taskEventOf(1, 'PENDING'));

    expect(world.pushes.flat()).toContain(orders.name);
  });

  test('that no service started takes part in no deployment', async () => {
    const world = new EventWorld();
    await route(world)(taskEventOf(1, 'RUNNING', { startedBy: 'someone', group: 'family:orders' }));

    expect(world.splits.size).toBe(0);
    expect(world.items(orders).tasks).toMatchObject([{ deployment: '', address: '10.0.0.7' }]);
  });

  test('that has stopped takes what its sidecar said along', async () => {
    const world = new EventWorld();
    await acks(world)([ackMessage({ ready: true })]);
    const early = new Set(world.expiring);
    await route(world)(taskEventOf(1, 'PENDING'));
    const alive = new Set(world.expiring);
    await route(world)(taskEventOf(9, 'STOPPED', stopping));

    expect([early, alive, world.expiring]).toEqual([
      new Set([`${KEY}/${TASK}`]),
      new Set(),
      new Set([`${KEY}/${TASK}`]),
    ]);
  });

  test('ends the same for its clients, whatever the order of its events and of its sidecar’s reports', () =>
    fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), fc.boolean(), async (order, ends) => {
        const world = new EventWorld();
        const happenings = [
          () => route(world)(taskEventOf(1, 'PROVISIONING', { attachments: [] })),
          () => route(world)(taskEventOf(2, 'PENDING')),
          () => route(world)(taskEventOf(3, 'RUNNING')),
          () => route(world)(taskEventOf(4, 'RUNNING', ends ? stopping : {})),
          () => acks(world)([ackMessage({ ready: false, at: 10 })]),
          () => acks(world)([ackMessage({ ready: true, at: 20 })]),
        ];
        for (const index of order) await happenings[index]?.();

        expect(world.endpoints()).toEqual(ends ? [] : [TASK]);
        expect(world.told).toEqual(world.endpoints());
      }),
    ));
});

describe('a deployment', () => {
  const inProgress = busEvent('ECS Deployment State Change', {
    eventType: 'INFO',
    eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS',
    clusterArn: CLUSTER,
    deploymentId: 'ecs-svc/2',
    updatedAt: '2026-11-21T10:00:00Z',
    reason: 'ECS deployment ecs-svc/2 in progress.',
  });

  test('of a meshed service starts its rollout, each time the event comes', async () => {
    const world = new EventWorld();
    world.deployments.set('ecs-svc/2', { taskDefinition: 'orders:1', isRollback: false });
    await route(world)(inProgress);
    await route(world)(inProgress);

    const request = {
      serviceArn: SERVICE,
      clusterArn: CLUSTER,
      deployment: 'ecs-svc/2',
      node: orders,
      taskDefinition: 'orders:1',
    };
    expect(world.started).toEqual([request, request]);
  });

  test('finds its cluster in the service’s ARN where the event leaves it out, as the documentation has it', async () => {
    const world = new EventWorld();
    world.deployments.set('ecs-svc/2', { taskDefinition: 'orders:1', isRollback: false });
    const { clusterArn, ...detail } = inProgress.detail as { readonly clusterArn: string };
    await route(world)(busEvent('ECS Deployment State Change', detail));

    expect(world.started.map((request) => request.clusterArn)).toEqual([clusterArn]);
  });

  test('by which ECS goes back is stable, starts nothing, and its clients are told', async () => {
    const world = new EventWorld();
    world.splits.set(KEY, { stable: ['ecs-svc/1'] });
    world.deployments.set('ecs-svc/2', { taskDefinition: 'orders:1', isRollback: true });
    await route(world)(inProgress);
    await route(world)(inProgress);

    expect(world.splits.get(KEY)).toEqual({ stable: ['ecs-svc/1', 'ecs-svc/2'] });
    expect([world.started, world.pushes]).toEqual([[], [[client.name]]]);
  });

  test('outside the mesh, or over before its event came, is left alone', async () => {
    const world = new EventWorld();
    await route(world)(inProgress);
    world.deployments.set('ecs-svc/2', { taskDefinition: 'batch:7', isRollback: false });
    await route(world)(inProgress);

    expect([world.started, world.facts]).toEqual([[], []]);
  });

  test('that ECS fails ends its rollout, with ECS’s reason', async () => {
    const world = new EventWorld();
    const detail = {
      ...(inProgress.detail as object),
      eventName: 'SERVICE_DEPLOYMENT_FAILED',
      reason: 'circuit breaker',
    };
    await route(world)(busEvent('ECS Deployment State Change', detail));

    expect(world.facts).toEqual([
      ['dep-2', { kind: 'ended', at: Date.parse('2026-11-21T10:00:00Z'), reason: 'circuit breaker' }],
    ]);
    expect(world.woken).toEqual(['dep-2']);
  });

  test('that is completed means nothing: ECS says so after it has stopped the old tasks', async () => {
    const world = new EventWorld();
    world.deployments.set('ecs-svc/2', { taskDefinition: 'orders:1', isRollback: false });
    const detail = { ...(inProgress.detail as object), eventName: 'SERVICE_DEPLOYMENT_COMPLETED' };
    await route(world)(busEvent('ECS Deployment State Change', detail));

    expect([world.started, world.facts, world.woken]).toEqual([[], [], []]);
  });
});

describe('a hook', () => {
  const serviceDeployment = 'arn:aws:ecs:us-east-1:111122223333:service-deployment/shop/orders/x';
  const hook = { serviceDeployment, hookId: 'pause-1', stage: 'POST_SCALE_UP' };
  const described = {
    arn: serviceDeployment,
    deployment: 'ecs-svc/2',
    service: SERVICE,
    cluster: CLUSTER,
    status: 'inProgress',
    createdAt: 0,
    hasPauseHook: true,
    isFirst: false,
  } as const;
  const awaiting = busEvent('ECS Hook State Change', {
    eventName: 'HOOK_AWAITING_ACTION',
    hookId: 'pause-1',
    hookType: 'PAUSE',
    lifecycleStage: 'POST_SCALE_UP',
    serviceDeploymentArn: serviceDeployment,
  });

  test('that waits is told to its rollout, which is started if its own event was lost', async () => {
    const world = new EventWorld();
    world.hooks.set(serviceDeployment, described);
    world.deployments.set('ecs-svc/2', { taskDefinition: 'orders:1', isRollback: false, hook });
    await route(world)(awaiting);

    expect(world.facts).toEqual([['dep-2', { kind: 'hook', ...hook, at: world.now }]]);
    expect(world.started.map(({ deployment }) => deployment)).toEqual(['ecs-svc/2']);
    expect(world.woken).toEqual(['dep-2']);
  });

  test('of a service outside the mesh is somebody else’s gate', async () => {
    const world = new EventWorld();
    world.hooks.set(serviceDeployment, described);
    world.deployments.set('ecs-svc/2', { taskDefinition: 'batch:7', isRollback: false, hook });
    await route(world)(awaiting);

    expect([world.facts, world.started, world.woken]).toEqual([[], [], []]);
  });

  test('that was answered, or whose deployment goes back, is over', async () => {
    const world = new EventWorld();
    world.hooks.set(serviceDeployment, { ...described, status: 'rollingBack' });
    world.deployments.set('ecs-svc/2', { taskDefinition: 'orders:1', isRollback: false, hook });
    await route(world)(awaiting);
    await route(world)(
      busEvent('ECS Hook State Change', { ...(awaiting.detail as object), eventName: 'HOOK_SUCCEEDED' }),
    );

    expect([world.facts, world.started]).toEqual([[], []]);
  });
});

test('an event that is not as documented fails with what is wrong in it, so that it ends where people look', async () => {
  const world = new EventWorld();
  const broken = busEvent('ECS Task State Change', { taskArn: 'x' });

  await expect(route(world)(broken)).rejects.toThrow('ECS Task State Change event-1: detail.taskDefinitionArn');
});
