import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListServiceDeploymentsCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  deployments,
  describe as describeService,
  type EcsWorld,
  register,
  startEcsWorld,
  tasks,
} from './ecs-world.ts';

let world: EcsWorld;
beforeAll(async () => {
  world = await startEcsWorld();
});
afterAll(() => world.close());

const shop = { cluster: 'shop' };

async function create(serviceName: string, more: Partial<CreateServiceCommandInput> = {}): Promise<void> {
  const taskDefinition = more.taskDefinition ?? (await register(world, 'sleep', { family: serviceName }));
  await world.client.send(new CreateServiceCommand({ ...shop, serviceName, taskDefinition, desiredCount: 1, ...more }));
}

/** A raw call, as no SDK would make it. */
async function post(body: string, headers: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=AK/20260101/eu-west-1/ecs/aws4_request, SignedHeaders=host, Signature=0';
  const target = 'AmazonEC2ContainerServiceV20141113.ListTasks';
  const all = { authorization, 'x-amz-target': target, ...headers };
  const response = await fetch(world.engine.url, { method: 'POST', headers: all, body });
  return { status: response.status, body: await response.json() };
}

describe('the protocol', () => {
  test.each<[string, string, Record<string, string>, string]>([
    ['a request without a signature', '{}', { authorization: '' }, 'MissingAuthenticationTokenException'],
    [
      'an operation that does not exist',
      '{}',
      { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.Explode' },
      'UnknownOperationException',
    ],
    ['no operation at all', '{}', { 'x-amz-target': '' }, 'UnknownOperationException'],
    ['a body that is not JSON', '{"cluster":', {}, 'SerializationException'],
    [
      'a body that is not an object',
      '[1]',
      { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.DescribeTasks' },
      'InvalidParameterException',
    ],
    ['a member of the wrong type', '{"cluster":7}', {}, 'InvalidParameterException'],
    ['two megabytes', JSON.stringify({ cluster: 'x'.repeat(2 << 20) }), {}, 'SerializationException'],
  ])('answers %s with the error of the API and goes on', async (_, body, headers, type) => {
    expect(await post(body, headers)).toMatchObject({ status: 400, body: { __type: type } });
    expect(await post('{"cluster":"shop"}')).toMatchObject({ status: 200 });
  });

  test('leaves the decision who may call to the authorizer it is given', async () => {
    const seen: string[] = [];
    const guarded = await startEcsWorld({
      authorize: ({ method, path, headers, body }) => {
        seen.push(`${method} ${path} ${headers['x-amz-target']} ${body.length > 0}`);
        if (seen.length > 1) throw Object.assign(new Error('no'), { name: 'UnrecognizedClientException' });
      },
    });
    const refused = guarded.client.send(new CreateClusterCommand({ clusterName: 'other' }));
    await expect(refused).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    expect(seen[0]).toBe('POST / AmazonEC2ContainerServiceV20141113.CreateCluster true');
    await guarded.close();
  });
});

describe('task definitions', () => {
  test('are numbered by family and found by family, family:revision and ARN', async () => {
    const first = await register(world, 'sleep', {
      family: 'numbered',
      taskRoleArn: 'arn:aws:iam::123456789012:role/r',
    });
    const second = await register(world, 'sleep', { family: 'numbered' });
    for (const [reference, expected] of [
      ['numbered', second],
      ['numbered:1', first],
      [first, first],
    ] as const) {
      const command = new DescribeTaskDefinitionCommand({ taskDefinition: reference });
      const { taskDefinition } = await world.client.send(command);
      expect(taskDefinition?.taskDefinitionArn).toBe(expected);
      expect(taskDefinition?.registeredAt).toBeInstanceOf(Date);
    }
    const list = await world.client.send(new ListTaskDefinitionsCommand({ familyPrefix: 'numbered', sort: 'DESC' }));
    expect(list.taskDefinitionArns).toEqual([second, first]);
  });

  const app = { name: 'app', image: 'sleep' };
  test.each<[string, Partial<RegisterTaskDefinitionCommandInput>, RegExp]>([
    ['no containers', { containerDefinitions: [] }, /containerDefinitions/],
    ['a bad family', { family: 'a/b' }, /^family/],
    ['two containers of one name', { containerDefinitions: [app, app] }, /unique/],
    ['nothing essential', { containerDefinitions: [{ ...app, essential: false }] }, /essential/],
    [
      'a dependency on nobody',
      { containerDefinitions: [{ ...app, dependsOn: [{ containerName: 'x', condition: 'START' }] }] },
      /no container is called x/,
    ],
    [
      'a dependency on itself',
      { containerDefinitions: [{ ...app, dependsOn: [{ containerName: 'app', condition: 'START' }] }] },
      /cycle/,
    ],
    [
      'a wait for health without a check',
      {
        containerDefinitions: [app, { ...app, name: 'b', dependsOn: [{ containerName: 'app', condition: 'HEALTHY' }] }],
      },
      /no healthCheck/,
    ],
    [
      'a health check of no kind',
      { containerDefinitions: [{ ...app, healthCheck: { command: ['curl', 'x'] } }] },
      /containerDefinitions\.0\.healthCheck\.command/,
    ],
  ])('with %s are refused, saying where', async (_, more, message) => {
    const input = { family: 'refused', containerDefinitions: [app], ...more };
    const refused = world.client.send(new RegisterTaskDefinitionCommand(input));
    await expect(refused).rejects.toThrow(message);
  });
});

describe('services', () => {
  test('are described with what they were given, their revisions and their deployments', async () => {
    const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-1'] } };
    await create('described', { networkConfiguration });
    await vi.waitFor(async () => expect((await deployments(world, 'described'))[0]?.status).toBe('SUCCESSFUL'), {
      timeout: 10_000,
    });
    const service = await describeService(world, 'described');
    expect(service).toMatchObject({ status: 'ACTIVE', runningCount: 1, pendingCount: 0, networkConfiguration });
    const [deployment] = await deployments(world, 'described');
    expect(service.currentServiceDeployment).toBe(deployment?.serviceDeploymentArn);
    const arn = deployment?.targetServiceRevision?.arn ?? '';
    const command = new DescribeServiceRevisionsCommand({ serviceRevisionArns: [arn, `${arn}0`] });
    const { serviceRevisions, failures } = await world.client.send(command);
    expect(serviceRevisions).toEqual([
      expect.objectContaining({
        serviceRevisionArn: arn,
        taskDefinition: service.taskDefinition,
        containerImages: [{ containerName: 'app', image: 'sleep' }],
      }),
    ]);
    expect(failures).toEqual([{ arn: `${arn}0`, reason: 'MISSING' }]);
  });

  test('deploy anew when forced, and not when nothing to deploy has changed', async () => {
    await create('forced');
    const update = (more: object) =>
      world.client.send(new UpdateServiceCommand({ ...shop, service: 'forced', ...more }));
    await update({ taskDefinition: 'forced:1', desiredCount: 1 });
    expect(await deployments(world, 'forced')).toHaveLength(1);
    await update({ forceNewDeployment: true });
    const [newest, first] = await deployments(world, 'forced');
    expect(newest?.targetServiceRevision?.arn).not.toBe(first?.targetServiceRevision?.arn);
    expect(first?.status).toBe('STOPPED');
    const stopped = new ListServiceDeploymentsCommand({ ...shop, service: 'forced', status: ['STOPPED'] });
    const { serviceDeployments } = await world.client.send(stopped);
    expect(serviceDeployments?.map((one) => one.serviceDeploymentArn)).toEqual([first?.serviceDeploymentArn]);
  });

  test('are deleted when scaled to 0 or by force, drain, and may be created again', async () => {
    await create('deleted');
    const remove = (force: boolean) =>
      world.client.send(new DeleteServiceCommand({ ...shop, service: 'deleted', force }));
    await expect(remove(false)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    expect((await remove(true)).service?.status).toBe('DRAINING');
    await expect(create('deleted')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await vi.waitFor(async () => expect((await describeService(world, 'deleted')).status).toBe('INACTIVE'), {
      timeout: 10_000,
    });
    const update = new UpdateServiceCommand({ ...shop, service: 'deleted', desiredCount: 1 });
    await expect(world.client.send(update)).rejects.toMatchObject({ name: 'ServiceNotActiveException' });
    await create('deleted');
    await vi.waitFor(async () => expect((await describeService(world, 'deleted')).runningCount).toBe(1), {
      timeout: 10_000,
    });
  });

  test.each<[string, Partial<CreateServiceCommandInput>, string]>([
    ['an unknown cluster', { cluster: 'nowhere' }, 'ClusterNotFoundException'],
    ['an unknown task definition', { taskDefinition: 'nothing:7' }, 'ClientException'],
    [
      'a load balancer',
      { loadBalancers: [{ containerName: 'app', containerPort: 80 }] },
      'UnsupportedFeatureException',
    ],
    ['another controller', { deploymentController: { type: 'EXTERNAL' } }, 'UnsupportedFeatureException'],
    [
      'BLUE_GREEN without a bake time',
      { deploymentConfiguration: { strategy: 'BLUE_GREEN' } },
      'InvalidParameterException',
    ],
  ])('with %s are refused with the name ECS gives it', async (_, more, name) => {
    await expect(create('refused', more)).rejects.toMatchObject({ name });
  });
});

describe('what does not exist', () => {
  test('is a failure where ECS lists failures, and an exception where it throws', async () => {
    const { client } = world;
    const services = await client.send(new DescribeServicesCommand({ ...shop, services: ['ghost'] }));
    expect(services.failures).toEqual([
      { arn: 'arn:aws:ecs:eu-west-1:123456789012:service/shop/ghost', reason: 'MISSING' },
    ]);
    const described = await client.send(new DescribeTasksCommand({ ...shop, tasks: ['ghost'] }));
    expect(described.failures).toEqual([
      { arn: 'arn:aws:ecs:eu-west-1:123456789012:task/shop/ghost', reason: 'MISSING' },
    ]);
    const arn = 'arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/ghost/x';
    const found = await client.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }));
    expect(found).toMatchObject({ serviceDeployments: [], failures: [{ arn, reason: 'MISSING' }] });
    const update = client.send(new UpdateServiceCommand({ ...shop, service: 'ghost' }));
    await expect(update).rejects.toMatchObject({ name: 'ServiceNotFoundException' });
    const definition = client.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'ghost' }));
    await expect(definition).rejects.toMatchObject({ name: 'ClientException' });
    const stop = client.send(new StopTaskCommand({ ...shop, task: 'ghost' }));
    await expect(stop).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('ListTasks', () => {
  test('filters by service, family, desired status or startedBy, and pages', async () => {
    await create('listed', { desiredCount: 3 });
    await vi.waitFor(async () => expect((await describeService(world, 'listed')).runningCount).toBe(3), {
      timeout: 10_000,
    });
    const running = await tasks(world, 'RUNNING', 'listed');
    const expected = running.map((task) => task.taskArn ?? '').sort();
    const list = async (filter: object) => {
      const { taskArns, nextToken } = await world.client.send(new ListTasksCommand({ ...shop, ...filter }));
      return { arns: taskArns?.toSorted(), nextToken };
    };
    for (const filter of [{ serviceName: 'listed' }, { family: 'listed' }, { startedBy: running[0]?.startedBy }]) {
      expect((await list(filter)).arns).toEqual(expected);
    }
    expect((await list({ serviceName: 'listed', desiredStatus: 'PENDING' })).arns).toEqual([]);
    const first = await list({ serviceName: 'listed', maxResults: 2 });
    const rest = await list({ serviceName: 'listed', maxResults: 2, nextToken: first.nextToken });
    expect([...(first.arns ?? []), ...(rest.arns ?? [])].sort()).toEqual(expected);
    expect(rest.nextToken).toBeUndefined();
    await expect(list({ startedBy: 'x', family: 'listed' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(list({ nextToken: 'nonsense' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
