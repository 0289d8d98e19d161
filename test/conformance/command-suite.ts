import { execFile } from 'node:child_process';
import { join } from 'node:path';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Platform } from '../../local/platform.ts';
import type { AppMeshClient } from './app-mesh-client.ts';

/** What the suite needs of its file. */
export interface CommandWorld {
  readonly platform: Platform;
  /** A directory with the run's `.local/run.json`. */
  readonly directory: string;
  readonly appMesh: () => AppMeshClient;
}

const meshName = 'of the command';

/** The built `weir`, started where a Weir runs, with no other word on where that is or who calls. */
export function commandSuite(world: () => CommandWorld): void {
  let appMesh: AppMeshClient;
  let ecs: ECSClient;

  const weir = (...line: readonly string[]) =>
    new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve) => {
      const { platform, directory: cwd } = world();
      const command = join(platform.directory, 'dist', 'cli', 'main.mjs');
      const env = { HOME: cwd, XDG_CACHE_HOME: join(cwd, 'cache') };
      execFile(process.execPath, [command, ...line], { cwd, env }, (error, stdout, stderr) =>
        resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
      );
    });

  /** A service whose tasks would be this node, and its ARN. */
  async function serviceOf(node: string): Promise<string> {
    const environment = [{ name: 'APPMESH_RESOURCE_ARN', value: `mesh/${meshName}/virtualNode/${node}` }];
    const containerDefinitions = [{ name: 'app', image: 'none', environment }];
    await ecs.send(new RegisterTaskDefinitionCommand({ family: node, containerDefinitions }));
    const input = { cluster: 'adopted', serviceName: node, taskDefinition: node, desiredCount: 0 };
    return (await ecs.send(new CreateServiceCommand(input))).service?.serviceArn ?? '';
  }
  const strategyOf = async (service: string) =>
    (await ecs.send(new DescribeServicesCommand({ cluster: 'adopted', services: [service] }))).services?.[0]
      ?.deploymentConfiguration?.strategy;

  beforeAll(async () => {
    const { platform } = world();
    appMesh = world().appMesh();
    ecs = new ECSClient({ endpoint: platform.urls.ecs, region: platform.region, credentials: platform.iam });
    await ecs.send(new CreateClusterCommand({ clusterName: 'adopted' }));
    await appMesh.call('CreateMesh', { meshName });
    const listeners = [{ portMapping: { port: 8080, protocol: 'http' } }];
    const spec = { listeners, serviceDiscovery: { dns: { hostname: 'orders.local' } } };
    await appMesh.call('CreateVirtualNode', { meshName, virtualNodeName: 'orders', spec });
  });
  afterAll(async () => {
    ecs?.destroy();
    await appMesh?.close();
  });

  test('gives credentials as the operator of the run it finds', async () => {
    const { exitCode, stdout } = await weir('credentials', '--mesh', meshName, '--access', 'write');

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ Version: 1, AccessKeyId: expect.stringMatching(/^ASIAWEIR/) });
  });

  test('lists rollouts', async () => {
    expect(await weir('rollouts', 'list')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^ROLLOUT +STATUS/),
      stderr: '',
    });
  });

  test('is told what Weir does not know, with exit code 4', async () => {
    const { exitCode, stderr } = await weir('pause', 'dep-1');

    expect(exitCode).toBe(4);
    expect(stderr).toContain('there is no rollout dep-1');
  });

  test('adopts a service of a node that Weir knows, and ejects it', async () => {
    const service = await serviceOf('orders');

    expect(await weir('adopt', service, '--yes')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await strategyOf(service)).toBe('BLUE_GREEN');
    expect(await weir('eject', service, '--yes')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await strategyOf(service)).toBe('ROLLING');
  });

  test('adopts no service of a node that Weir does not know', async () => {
    const service = await serviceOf('ghost');
    const { exitCode, stderr } = await weir('adopt', service, '--yes');

    expect(exitCode).toBe(4);
    expect(stderr).toContain('ghost');
    expect(await strategyOf(service)).toBe('ROLLING');
  });
}
