import {
  type AppMeshClient,
  DescribeVirtualGatewayCommand,
  UpdateVirtualGatewayCommand,
} from '@aws-sdk/client-app-mesh';
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { DeleteObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { proxyKey, snapshotKey } from '#mesh/wire/names.ts';
import type { ShopServiceName } from '../../local/story/shop.ts';
import { MESH } from '../../local/story/shop-mesh.ts';
import { CLUSTER } from '../../local/story/shop-services.ts';
import { waitFor } from '../../local/story/wait-for.ts';
import { processesOfTask } from './given-when-then-processes.ts';
import type { RunningTask, World } from './given-when-then-world.ts';

const HEAL_MS = 150_000;
const SAMPLES = 40;
const services: readonly ShopServiceName[] = ['front', 'orders', 'payments'];

/** Where no process may write: Envoy refuses a listener whose access log it cannot open. */
const UNWRITABLE = '/no/such/directory/access.log';

/** Faults that can be caused in a shop, and what is seen when they are healed. */
export const faults = (world: World) => {
  const snapshotOfFront = () => ({
    Bucket: world.platform.outputs['BucketName'],
    Key: snapshotKey(proxyKey({ owner: world.platform.account, mesh: MESH, kind: 'vg', name: 'front' })),
  });
  const s3 = () => {
    const { urls, region, iam } = world.platform;
    return new S3Client({ endpoint: urls.aws, region, credentials: iam, forcePathStyle: true });
  };
  return {
    /** `kill -9` of the application of some tasks: their containers end, and with them the tasks. */
    killApplications(tasks: readonly RunningTask[]): void {
      for (const { address } of tasks)
        for (const { pid } of processesOfTask(address).filter(({ command }) => /local\/shop\//.test(command)))
          process.kill(pid, 'SIGKILL');
    },

    /** `kill -9` of the agent of every task at once; answers their process ids. */
    async killAllAgents(): Promise<readonly number[]> {
      const pids = (await allTasks(world)).flatMap(({ address }) => agentsOf(address));
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      return pids;
    },

    /** Every task has an agent again, none of those that were killed. */
    async everyTaskHasAnotherAgentThan(killed: () => readonly number[]): Promise<void> {
      await waitFor('every agent to be back', HEAL_MS, async () => {
        const tasks = await allTasks(world);
        return tasks.every(({ address }) => agentsOf(address).some((pid) => !killed().includes(pid)));
      });
    },

    /** The gateway is declared with an access log that its Envoy cannot open, or without. */
    async gatewayLogs(isBroken: boolean): Promise<void> {
      const { appMesh } = world.shop;
      const spec = await gatewaySpec(appMesh);
      const logging = isBroken ? { accessLog: { file: { path: UNWRITABLE } } } : undefined;
      await appMesh.send(
        new UpdateVirtualGatewayCommand({ meshName: MESH, virtualGatewayName: 'front', spec: { ...spec, logging } }),
      );
    },

    /** Every running sidecar has applied what it should have, and refuses nothing. */
    async everySidecarIsUpToDate(): Promise<void> {
      await waitFor('every sidecar to be up to date', HEAL_MS, async () => {
        const proxies = (await world.shop.api.proxies(MESH)).filter(({ lastStatus }) => lastStatus === 'RUNNING');
        return proxies.every((one) => one.ready && one.appliedRev >= one.desiredRev && one.rejected === undefined);
      });
    },

    async scale(service: ShopServiceName, desiredCount: number): Promise<void> {
      await world.shop.ecs.send(new UpdateServiceCommand({ cluster: CLUSTER, service, desiredCount }));
    },

    /** So many tasks of the service are known to Weir as ready. */
    async knownTasks(service: ShopServiceName, count: number): Promise<void> {
      await waitFor(`${count} tasks of ${service} to be known`, HEAL_MS, async () => {
        const proxies = await world.shop.api.proxies(MESH);
        return (
          proxies.filter((one) => one.name === service && one.ready && one.lastStatus === 'RUNNING').length === count
        );
      });
    },

    /** Requests are answered by the version of before, as soon as ECS has tasks of it again. */
    async trafficIsBack(): Promise<void> {
      await waitFor('the traffic to be back', HEAL_MS, async () => {
        const versions = Object.keys(await world.versionsSeen(SAMPLES));
        return versions.length === 1 && versions[0] === world.stable;
      });
    },

    /** Somebody deletes the gateway's snapshot from the bucket. */
    async deleteSnapshot(): Promise<void> {
      await s3().send(new DeleteObjectCommand(snapshotOfFront()));
    },

    async snapshotIsBack(): Promise<void> {
      await waitFor('the snapshot to be back', HEAL_MS, () =>
        s3()
          .send(new HeadObjectCommand(snapshotOfFront()))
          .then(
            () => true,
            () => false,
          ),
      );
    },
  };
};

async function allTasks(world: World): Promise<readonly RunningTask[]> {
  return (await Promise.all(services.map((service) => world.tasksOf(service)))).flat();
}

function agentsOf(address: string): readonly number[] {
  const agents = processesOfTask(address).filter(({ command }) => /agent\/main\.mjs/.test(command));
  return agents.filter(({ command }) => !/\bhealth\b/.test(command)).map(({ pid }) => pid);
}

async function gatewaySpec(appMesh: AppMeshClient) {
  const command = new DescribeVirtualGatewayCommand({ meshName: MESH, virtualGatewayName: 'front' });
  return { listeners: (await appMesh.send(command)).virtualGateway?.spec?.listeners };
}
