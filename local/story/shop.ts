import { join } from 'node:path';
import { AppMeshClient } from '@aws-sdk/client-app-mesh';
import { ECSClient } from '@aws-sdk/client-ecs';
import { IAMClient } from '@aws-sdk/client-iam';
import type { SessionCredentials } from '../identities.ts';
import { firstFailure } from './first-failure.ts';
import { GatewayTargets } from './gateway-targets.ts';
import { type Load, startLoad } from './load.ts';
import { createShopMesh, MESH, ORDERS_HOST, type ShopProxies } from './shop-mesh.ts';
import {
  blueGreen,
  createCluster,
  createService,
  type Released,
  releaseImage,
  rolling,
  type ShopService,
} from './shop-services.ts';
import { createTaskRole } from './task-role.ts';
import { waitFor } from './wait-for.ts';
import { type WeirApi, weirApi } from './weir-api.ts';

/** What the shop needs of the platform it runs on: the public APIs, and where task logs lie. */
export type ShopPlatform = {
  urls: { aws: string; appmesh: string; weir: string; ecs: string };
  region: string;
  account: string;
  credentials: SessionCredentials;
  iam: SessionCredentials;
  outputs: Readonly<Record<string, string>>;
  directory: string;
};

/** The shop, running, with live traffic. */
export type Shop = {
  api: WeirApi;
  ecs: ECSClient;
  appMesh: AppMeshClient;
  load: Load;
  gateway: GatewayTargets;
  services: Readonly<Record<ShopServiceName, ShopService>>;
  /** Releases `shop/<service>:<version>` the way a pipeline would. */
  release(service: ShopServiceName, version: string): Promise<Released>;
  /** When a task of this version wrote its first 5xx since then, in epoch milliseconds. */
  firstFailure(version: string, since: number): Promise<number | undefined>;
  /** Ends the traffic; the tasks end with the platform. */
  close(): Promise<void>;
};

export type ShopServiceName = 'front' | 'orders' | 'payments';

/** A quarter above the 200 a second that are promised, so that a busy laptop still keeps the promise. */
export const REQUESTS_PER_SECOND = 250;

/** A shop is mostly read; a POST is not sent twice by the shield, so a bad canary's failed POSTs reach the client. */
const POST_EVERY = 100;

const START_TIMEOUT_MS = 90_000;
const tasks: Record<ShopServiceName, number> = { front: 2, orders: 3, payments: 2 };

/** Declares the mesh, sets its policy, starts the services and then the traffic; `say` hears each step. */
export async function openShop(
  platform: ShopPlatform,
  policy: Record<string, unknown>,
  say: (text: string) => void = () => {},
): Promise<Shop> {
  const client = { region: platform.region, credentials: platform.iam };
  const ecs = new ECSClient({ ...client, endpoint: platform.urls.ecs });
  const appMesh = new AppMeshClient({
    region: platform.region,
    endpoint: platform.urls.appmesh,
    credentials: platform.credentials,
  });
  const api = weirApi(platform.urls.weir, platform.iam, platform.region);
  const proxies = await createShopMesh(appMesh);
  await api.putPolicy(MESH, policy);
  say('mesh declared: front → orders → payments');
  const services = await startServices(
    platform,
    ecs,
    new IAMClient({ ...client, endpoint: platform.urls.aws }),
    proxies,
  );
  const gateway = new GatewayTargets(ecs, 'front');
  await gateway.start();
  await allReady(api, gateway);
  say(`${tasks.front} + ${tasks.orders} + ${tasks.payments} tasks serve, each behind its own Envoy`);
  const load = startLoad({
    targets: gateway.current,
    perSecond: REQUESTS_PER_SECOND,
    postEvery: POST_EVERY,
    host: ORDERS_HOST,
    path: '/',
  });
  const logs = join(platform.directory, 'logs');
  return {
    api,
    ecs,
    appMesh,
    load,
    gateway,
    services,
    release: (service, version) => releaseImage(ecs, services[service], `shop/${service}:${version}`),
    firstFailure: (version, since) => firstFailure(logs, version, since),
    async close() {
      gateway.stop();
      await load.stop();
    },
  };
}

async function startServices(
  platform: ShopPlatform,
  ecs: ECSClient,
  iam: IAMClient,
  proxies: ShopProxies,
): Promise<Record<ShopServiceName, ShopService>> {
  await createCluster(ecs);
  const start = async (name: ShopServiceName, kind: 'vn' | 'vg', image?: string): Promise<ShopService> => {
    const tags = { mesh: `${platform.account}/${MESH}`, node: `${kind}/${name}` };
    const service: ShopService = {
      name,
      proxyArn: proxies[name],
      taskRoleArn: await createTaskRole(iam, `shop-${name}-task`, tags, proxyPolicy(platform)),
      desiredCount: tasks[name],
      deployment: name === 'orders' ? blueGreen : rolling,
    };
    await createService(ecs, service, image);
    return service;
  };
  const payments = await start('payments', 'vn', 'shop/payments:v1');
  const orders = await start('orders', 'vn', 'shop/orders:v1');
  return { payments, orders, front: await start('front', 'vg') };
}

function proxyPolicy({ outputs }: ShopPlatform): string {
  const arn = outputs['ProxyPolicyArn'];
  if (arn === undefined) throw new Error('The stack has no output ProxyPolicyArn: see Outputs in template.yaml.');
  return arn;
}

async function allReady(api: WeirApi, gateway: GatewayTargets): Promise<void> {
  const wanted = tasks.front + tasks.orders + tasks.payments;
  await waitFor(`${wanted} ready sidecars`, START_TIMEOUT_MS, async () => {
    const ready = (await api.proxies(MESH)).filter((proxy) => proxy.ready && proxy.lastStatus === 'RUNNING');
    return ready.length >= wanted;
  });
  await waitFor('the gateway to answer', START_TIMEOUT_MS, async () => {
    const answers = await Promise.all(
      gateway
        .current()
        .map(({ address, port }) => fetch(`http://${address}:${port}/`, { headers: { host: ORDERS_HOST } })),
    );
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    if (answers.some(({ ok }) => !ok))
      throw new Error(`it answered ${answers.map(({ status }) => status)}: ${bodies[0]}`);
    return answers.length === tasks.front;
  });
}
