import {
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  type ServiceDeployment,
} from '@aws-sdk/client-ecs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { meshedTaskDefinition, taskDefinitions } from '#aws/proxy-of-task.ts';
import { services } from '#aws/services.ts';

const ecs = mockClient(ECSClient);
beforeEach(() => ecs.reset());

const arn = (kind: string, path: string) => `arn:aws:ecs:us-east-1:111122223333:${kind}/shop/${path}`;
const name = { serviceArn: arn('service', 'orders'), clusterArn: 'shop', deployment: 'ecs-svc/2' };
const revision = (id: string) => arn('service-revision', `orders/${id}`);

function ecsHas(deployments: readonly ServiceDeployment[], current = ['1', '2']) {
  const parts = current.map((id) => ({
    id: `ecs-svc/${id}`,
    taskDefinition: `orders:${id}`,
    rolloutState: 'IN_PROGRESS' as const,
  }));
  ecs.on(DescribeServicesCommand).resolves({ services: [{ serviceArn: name.serviceArn, deployments: parts }] });
  const serviceDeployments = deployments.map((_, index) => ({ serviceDeploymentArn: `d${index}` }));
  ecs.on(ListServiceDeploymentsCommand).resolves({ serviceDeployments });
  ecs.on(DescribeServiceDeploymentsCommand).resolves({ serviceDeployments: [...deployments] });
  return services(new ECSClient({}));
}

describe('a deployment that an event names', () => {
  test('is one of the service’s, with the task definition it runs', async () => {
    const found = await ecsHas([{ targetServiceRevision: { arn: revision('2') } }]).started(name);

    expect(found).toEqual({ taskDefinition: 'orders:2', isRollback: false });
  });

  test('is a rollback when any deployment of the service goes back to its revision, whatever the event says', async () => {
    const rolledBack = {
      targetServiceRevision: { arn: revision('9') },
      rollback: { serviceRevisionArn: revision('2') },
    };

    expect(await ecsHas([rolledBack]).started(name)).toMatchObject({ isRollback: true });
  });

  test('is not taken for one whose id only ends the same', async () => {
    const other = { targetServiceRevision: { arn: revision('9') }, rollback: { serviceRevisionArn: revision('12') } };

    expect(await ecsHas([other]).started(name)).toMatchObject({ isRollback: false });
  });

  test('comes with the hook that waits, not with one that was answered', async () => {
    const waiting = {
      serviceDeploymentArn: 'd0',
      targetServiceRevision: { arn: revision('2') },
      lifecycleStage: 'POST_SCALE_UP' as const,
      lifecycleHookDetails: [
        { hookId: 'old', status: 'SUCCEEDED' as const },
        { hookId: 'now', status: 'AWAITING_ACTION' as const },
      ],
    };

    expect(await ecsHas([waiting]).started(name)).toMatchObject({
      hook: { serviceDeployment: 'd0', hookId: 'now', stage: 'POST_SCALE_UP' },
    });
  });

  test('is nothing once the service has gone on without it', async () => {
    expect(await ecsHas([], ['3']).started(name)).toBeUndefined();
  });
});

test('services are asked for ten at a time, which is ECS’s limit, and what is in progress is named', async () => {
  const store = ecsHas([], ['7']);
  const found = await store.inProgress(
    'shop',
    Array.from({ length: 23 }, (_, index) => `s${index}`),
  );

  expect(ecs.commandCalls(DescribeServicesCommand).map(({ args }) => args[0].input.services?.length)).toEqual([
    10, 10, 3,
  ]);
  expect(found[0]).toEqual({ serviceArn: name.serviceArn, clusterArn: 'shop', deployment: 'ecs-svc/7' });
});

describe('a task definition', () => {
  const envoy = (value: string) => ({
    containerDefinitions: [{}, { environment: [{ name: 'APPMESH_RESOURCE_ARN', value }] }],
  });

  test.each([
    [
      'the full ARN, whose account owns the mesh',
      'arn:aws:appmesh:us-east-1:999988887777:mesh/m/virtualNode/n',
      '999988887777',
      'vn',
    ],
    ['the short form, in the task’s own account', 'mesh/m/virtualNode/n', '111122223333', 'vn'],
    ['a gateway', 'mesh/m/virtualGateway/n', '111122223333', 'vg'],
  ])('names its proxy by %s', (_name, value, owner, kind) => {
    expect(meshedTaskDefinition(envoy(value), '111122223333')?.proxy).toEqual({ owner, mesh: 'm', kind, name: 'n' });
  });

  test.each([
    ['no variable', { containerDefinitions: [{ environment: [] }] }],
    ['no container', {}],
    ['another resource', envoy('mesh/m/virtualRouter/r')],
    ['nonsense', envoy('orders')],
  ])('with %s is outside the mesh', (_name, definition) => {
    expect(meshedTaskDefinition(definition, '111122223333')).toBeUndefined();
  });

  test('redirects traffic only where App Mesh’s proxy configuration says so', () => {
    const explicit = meshedTaskDefinition(envoy('mesh/m/virtualNode/n'), '1');
    const redirected = {
      ...envoy('mesh/m/virtualNode/n'),
      proxyConfiguration: { type: 'APPMESH', containerName: 'envoy' },
    } as const;

    expect([explicit?.interception, meshedTaskDefinition(redirected, '1')?.interception]).toEqual([
      'explicit',
      'transparent',
    ]);
  });

  test('is read once, also when it is outside the mesh', async () => {
    ecs.on(DescribeTaskDefinitionCommand).resolves({ taskDefinition: {} });
    const read = taskDefinitions(new ECSClient({}));
    await read('arn:aws:ecs:us-east-1:111122223333:task-definition/batch:1');
    await read('arn:aws:ecs:us-east-1:111122223333:task-definition/batch:1');

    expect(ecs.commandCalls(DescribeTaskDefinitionCommand).length).toBe(1);
  });
});
