import { ContinueServiceDeploymentCommand, CreateServiceCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ecsServices } from '#aws/client/ecs-services.ts';
import {
  deployments,
  describe as describeService,
  type EcsWorld,
  register,
  startEcsWorld,
} from '../local/ecs/ecs-world.ts';
import { weir } from '../support/cli-session.ts';

let world: EcsWorld;
beforeAll(async () => {
  world = await startEcsWorld();
  const environment = [{ name: 'APPMESH_RESOURCE_ARN', value: 'mesh/shop/virtualNode/orders' }];
  const containerDefinitions = [{ name: 'app', image: 'sleep', environment }];
  const taskDefinition = await register(world, 'sleep', { containerDefinitions });
  const input = {
    cluster: 'shop',
    serviceName: 'orders',
    taskDefinition,
    desiredCount: 1,
    tags: [{ key: 'team', value: 'a' }],
  };
  await world.client.send(new CreateServiceCommand({ ...input, deploymentConfiguration: before }));
  await settled();
});
afterAll(() => world.close());

const before = {
  strategy: 'ROLLING' as const,
  minimumHealthyPercent: 50,
  maximumPercent: 250,
  deploymentCircuitBreaker: { enable: true, rollback: true },
  alarms: { alarmNames: ['p99 of "orders", all'], enable: true, rollback: true },
};

const settled = (): Promise<void> =>
  vi.waitFor(async () => expect((await deployments(world))[0]?.status).toBe('SUCCESSFUL'), { timeout: 30_000 });

/** ECS as the command's caller sees it. */
const ecs = () => {
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'test' };
  return ecsServices({ region: 'eu-west-1', credentials, endpoint: world.engine.url });
};

const change = (verb: 'adopt' | 'eject') => {
  const line = [verb, 'orders', '--cluster', 'shop', '--yes', '--endpoint', 'https://weir.example.com'];
  return weir(line, [{ status: 200, body: {} }], { ecsServices: async () => ecs() });
};

test('adopt makes ECS hold the next deployment at a pause, and deploys nothing by itself', async () => {
  expect(await change('adopt')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Changed.') });
  expect(await deployments(world)).toHaveLength(1);
  expect(await change('adopt')).toMatchObject({ stdout: expect.stringContaining('already holds') });

  const next = { cluster: 'shop', service: 'orders', forceNewDeployment: true };
  await world.client.send(new UpdateServiceCommand(next));

  await vi.waitFor(
    async () =>
      expect((await deployments(world))[0]).toMatchObject({
        lifecycleStage: 'POST_SCALE_UP',
        lifecycleHookDetails: [{ status: 'AWAITING_ACTION', timeoutAction: 'ROLLBACK' }],
      }),
    { timeout: 30_000 },
  );
});

test('eject waits for the deployment to end, then gives back exactly what was there', async () => {
  expect(await change('eject')).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('in progress') });
  const [paused] = await deployments(world);
  const hookId = paused?.lifecycleHookDetails?.[0]?.hookId ?? '';
  const serviceDeploymentArn = paused?.serviceDeploymentArn ?? '';
  await world.client.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId, action: 'CONTINUE' }));
  await settled();
  await vi.waitFor(async () => expect((await describeService(world)).deployments).toHaveLength(1), { timeout: 30_000 });

  expect(await change('eject')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Changed.') });
  const { deploymentConfiguration } = await describeService(world);
  expect({ ...deploymentConfiguration, lifecycleHooks: [] }).toEqual({ ...before, lifecycleHooks: [] });
  expect((await ecs().describe('shop', 'orders'))?.tags).toEqual({ team: 'a' });
});

test('after that ECS replaces tasks by itself again', async () => {
  await world.client.send(new UpdateServiceCommand({ cluster: 'shop', service: 'orders', forceNewDeployment: true }));
  await settled();

  const [last] = await deployments(world);
  expect(last).toMatchObject({ deploymentConfiguration: { strategy: 'ROLLING' }, lifecycleHookDetails: [] });
  expect(await deployments(world)).toHaveLength(3);
});
