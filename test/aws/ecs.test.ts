import {
  ContinueServiceDeploymentCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  ECSClient,
  type ServiceDeployment as EcsDeployment,
  ListServiceDeploymentsCommand,
  StopServiceDeploymentCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { deployments, describeServiceDeployment, primaryDeployment } from '#aws/ecs.ts';

const service = 'arn:aws:ecs:us-east-1:111122223333:service/shop/orders';
const arn = 'arn:aws:ecs:us-east-1:111122223333:service-deployment/shop/orders/d2';
const revision = (id: string) => `arn:aws:ecs:us-east-1:111122223333:service-revision/shop/orders/${id}`;

const ecs = mockClient(ECSClient);
const port = deployments(new ECSClient({}));

const inEcs = (more: Partial<EcsDeployment> = {}): EcsDeployment => ({
  serviceDeploymentArn: arn,
  serviceArn: service,
  clusterArn: 'cluster',
  status: 'IN_PROGRESS',
  createdAt: new Date(5000),
  targetServiceRevision: { arn: revision('2') },
  sourceServiceRevisions: [{ arn: revision('1') }],
  deploymentConfiguration: {
    strategy: 'BLUE_GREEN',
    lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP'] }],
  },
  ...more,
});

const paused = { lifecycleHookDetails: [{ hookId: 'h1', status: 'AWAITING_ACTION' as const }] };
const refusal = (name: string) => Object.assign(new Error('too late'), { name });

function answers(deployment: EcsDeployment): void {
  ecs.on(ListServiceDeploymentsCommand).resolves({
    serviceDeployments: [
      { serviceDeploymentArn: 'other', targetServiceRevisionArn: revision('1') },
      { serviceDeploymentArn: arn, targetServiceRevisionArn: revision('2') },
    ],
  });
  ecs.on(DescribeServiceDeploymentsCommand).resolves({ serviceDeployments: [deployment] });
}

const described = async () => {
  const found = await port.describe(service, 'ecs-svc/2');
  if (found === undefined) throw new Error('not found');
  return found;
};

beforeEach(() => ecs.reset());

describe('a deployment', () => {
  test('is found by its revision’s id, in the service’s cluster, over as many pages as it takes', async () => {
    answers(inEcs(paused));
    ecs
      .on(ListServiceDeploymentsCommand, { service, cluster: 'shop', nextToken: undefined })
      .resolves({ serviceDeployments: [], nextToken: 'p2' });

    expect(await described()).toMatchObject({
      arn,
      deployment: 'ecs-svc/2',
      status: 'inProgress',
      createdAt: 5000,
      hasPauseHook: true,
      awaitingHook: 'h1',
      isFirst: false,
    });
    expect(ecs.commandCalls(ListServiceDeploymentsCommand)[1]?.args[0].input).toMatchObject({ nextToken: 'p2' });
    expect(await port.describe(service, 'ecs-svc/9').catch(() => 'threw')).toBeUndefined();
  });

  test.each([
    ['PENDING', 'inProgress'],
    ['SUCCESSFUL', 'successful'],
    ['STOPPED', 'stopped'],
    ['STOP_REQUESTED', 'stopped'],
    ['ROLLBACK_REQUESTED', 'rollingBack'],
    ['ROLLBACK_FAILED', 'rollingBack'],
  ] as const)('in ECS’s status %s is %s', async (status, expected) => {
    answers(inEcs({ status }));

    expect((await described()).status).toBe(expected);
  });

  test('holds for Weir only by a PAUSE after the scale-up', async () => {
    const hasHook = async (configuration: NonNullable<EcsDeployment['deploymentConfiguration']>) => {
      answers(inEcs({ deploymentConfiguration: configuration }));
      return (await described()).hasPauseHook;
    };

    expect(await hasHook({ strategy: 'ROLLING' })).toBe(false);
    expect(await hasHook({ strategy: 'BLUE_GREEN' })).toBe(false);
    expect(
      await hasHook({
        strategy: 'BLUE_GREEN',
        lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['PRE_SCALE_UP'] }],
      }),
    ).toBe(false);
    expect(
      await hasHook({
        strategy: 'BLUE_GREEN',
        lifecycleHooks: [{ targetType: 'AWS_LAMBDA', lifecycleStages: ['POST_SCALE_UP'] }],
      }),
    ).toBe(false);
  });

  test('of a hook event is traced to its service', async () => {
    ecs
      .on(DescribeServiceDeploymentsCommand, { serviceDeploymentArns: [arn] })
      .resolves({ serviceDeployments: [inEcs()] });

    expect(await describeServiceDeployment(new ECSClient({}), arn)).toMatchObject({ service, deployment: 'ecs-svc/2' });
  });
});

describe('going on', () => {
  test('answers the waiting hook, and has nothing to do without one', async () => {
    answers(inEcs(paused));
    await port.proceed(await described());
    expect(ecs.commandCalls(ContinueServiceDeploymentCommand)[0]?.args[0].input).toEqual({
      serviceDeploymentArn: arn,
      hookId: 'h1',
      action: 'CONTINUE',
    });

    answers(inEcs());
    await port.proceed(await described());
    expect(ecs.commandCalls(ContinueServiceDeploymentCommand)).toHaveLength(1);
  });

  test('is done when the hook was answered meanwhile, and an error when it still waits', async () => {
    answers(inEcs(paused));
    const deployment = await described();
    ecs.on(ContinueServiceDeploymentCommand).rejects(refusal('InvalidParameterException'));

    await expect(port.proceed(deployment)).rejects.toMatchObject({ name: 'DeploymentRefused' });
    ecs.on(DescribeServiceDeploymentsCommand).resolves({ serviceDeployments: [inEcs()] });
    await expect(port.proceed(deployment)).resolves.toBeUndefined();
  });
});

describe('going back', () => {
  test('is by the hook while it waits', async () => {
    answers(inEcs(paused));

    expect(await port.rollBack(await described())).toBe(true);
    expect(ecs.commandCalls(ContinueServiceDeploymentCommand)[0]?.args[0].input.action).toBe('ROLLBACK');
    expect(ecs.commandCalls(StopServiceDeploymentCommand)).toHaveLength(0);
  });

  test('is by stopping the deployment when no hook waits, or no longer', async () => {
    answers(inEcs());
    expect(await port.rollBack(await described())).toBe(true);

    answers(inEcs(paused));
    ecs.on(ContinueServiceDeploymentCommand).rejects(refusal('InvalidParameterException'));
    expect(await port.rollBack(await described())).toBe(true);
    expect(ecs.commandCalls(StopServiceDeploymentCommand).map(({ args }) => args[0].input.stopType)).toEqual([
      'ROLLBACK',
      'ROLLBACK',
    ]);
  });

  test('is done when ECS went back by itself, and impossible when ECS has finished', async () => {
    answers(inEcs({ status: 'ROLLBACK_IN_PROGRESS' }));
    expect(await port.rollBack(await described())).toBe(true);
    answers(inEcs({ status: 'SUCCESSFUL' }));
    expect(await port.rollBack(await described())).toBe(false);
    expect(ecs.commandCalls(StopServiceDeploymentCommand)).toHaveLength(0);
  });

  test('that ECS refuses is judged by where the deployment stands then', async () => {
    answers(inEcs());
    const deployment = await described();
    ecs.on(StopServiceDeploymentCommand).rejects(refusal('ConflictException'));

    await expect(port.rollBack(deployment)).rejects.toMatchObject({ name: 'DeploymentRefused' });
    ecs.on(DescribeServiceDeploymentsCommand).resolves({ serviceDeployments: [inEcs({ status: 'SUCCESSFUL' })] });
    expect(await port.rollBack(deployment)).toBe(false);
    ecs.on(DescribeServiceDeploymentsCommand).resolves({ serviceDeployments: [inEcs({ status: 'STOPPED' })] });
    expect(await port.rollBack(deployment)).toBe(true);
  });

  test('lets every other error through, to be tried again', async () => {
    answers(inEcs());
    ecs.on(StopServiceDeploymentCommand).rejects(refusal('ThrottlingException'));

    await expect(port.rollBack(await described())).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  test('by a new deployment names the revision before', async () => {
    answers(inEcs());
    ecs
      .on(DescribeServiceRevisionsCommand, { serviceRevisionArns: [revision('1')] })
      .resolves({ serviceRevisions: [{ taskDefinition: 'orders:1' }] });

    expect(await port.previousTaskDefinition(service, 'ecs-svc/2')).toBe('orders:1');
    answers(inEcs({ sourceServiceRevisions: [] }));
    expect(await port.previousTaskDefinition(service, 'ecs-svc/2')).toBeUndefined();
  });
});

test.each([
  ['while its own deployment is the newest', 'ecs-svc/2', true, 1],
  ['not over a newer deployment', 'ecs-svc/3', false, 0],
])('a revision is deployed anew %s', async (_, newest, isDone, updates) => {
  const deploymentsOfService = [{ id: newest, status: 'PRIMARY', taskDefinition: 'orders:2' }];
  ecs.on(DescribeServicesCommand).resolves({ services: [{ status: 'ACTIVE', deployments: deploymentsOfService }] });
  ecs.on(UpdateServiceCommand).resolves({});

  expect(await port.redeploy(service, 'shop', 'ecs-svc/2', 'orders:1')).toBe(isDone);
  expect(ecs.commandCalls(UpdateServiceCommand)).toHaveLength(updates);
});

test('stopping a task that is gone is done', async () => {
  ecs.on(StopTaskCommand).rejects(refusal('InvalidParameterException'));

  await expect(port.stopTask('shop', 't1', 'silent')).resolves.toBeUndefined();
});

test('the primary deployment is the newest of an active service', async () => {
  const deploymentsOfService = [
    { id: 'ecs-svc/1', status: 'ACTIVE', taskDefinition: 'orders:1' },
    { id: 'ecs-svc/2', status: 'PRIMARY', taskDefinition: 'orders:2' },
  ];
  ecs
    .on(DescribeServicesCommand, { cluster: 'shop', services: [service] })
    .resolves({ services: [{ status: 'ACTIVE', clusterArn: 'c', deployments: deploymentsOfService }] });

  expect(await primaryDeployment(new ECSClient({}), service)).toEqual({
    deployment: 'ecs-svc/2',
    taskDefinition: 'orders:2',
    cluster: 'c',
  });
  ecs.on(DescribeServicesCommand).resolves({ services: [{ status: 'INACTIVE' }] });
  expect(await primaryDeployment(new ECSClient({}), service)).toBeUndefined();
  ecs.on(DescribeServicesCommand).rejects(refusal('ClusterNotFoundException'));
  expect(await primaryDeployment(new ECSClient({}), service)).toBeUndefined();
  ecs.on(DescribeServicesCommand).rejects(refusal('AccessDeniedException'));
  await expect(primaryDeployment(new ECSClient({}), service)).rejects.toThrow('too late');
});
