import { CreateVirtualNodeCommand, DescribeRouteCommand, UpdateRouteCommand } from '@aws-sdk/client-app-mesh';
import { IAMClient } from '@aws-sdk/client-iam';
import { signedFetch } from '../../local/signed-fetch.ts';
import { MESH, PORT } from '../../local/story/shop-mesh.ts';
import { createService, rolling } from '../../local/story/shop-services.ts';
import { createTaskRole } from '../../local/story/task-role.ts';
import { waitFor } from '../../local/story/wait-for.ts';
import type { World } from './given-when-then-world.ts';

/** Name of the second virtual node and ECS service behind the virtual service `orders`. */
export const TWIN = 'orders-next';

const START_MS = 90_000;
const route = { meshName: MESH, virtualRouterName: 'orders', routeName: 'main' } as const;

/** Declares a second node for orders, with a service of its own, and names it in the route with weight 0. */
export async function startTwin({ platform, shop }: World, version: string): Promise<void> {
  const { virtualNode } = await shop.appMesh.send(
    new CreateVirtualNodeCommand({
      meshName: MESH,
      virtualNodeName: TWIN,
      spec: {
        listeners: [{ portMapping: { port: PORT, protocol: 'http' } }],
        serviceDiscovery: { dns: { hostname: `${TWIN}.${MESH}.local` } },
        backends: [{ virtualService: { virtualServiceName: 'payments.shop.local' } }],
      },
    }),
  );
  await writeWeights({ shop }, { orders: 100, [TWIN]: 0 });
  const iam = new IAMClient({ region: platform.region, endpoint: platform.urls.aws, credentials: platform.iam });
  const tags = { mesh: `${platform.account}/${MESH}`, node: `vn/${TWIN}` };
  const taskRoleArn = await createTaskRole(iam, `shop-${TWIN}-task`, tags, platform.outputs['ProxyPolicyArn'] ?? '');
  const proxyArn = virtualNode?.metadata?.arn ?? '';
  const service = { name: TWIN, proxyArn, taskRoleArn, desiredCount: 1, deployment: rolling };
  await createService(shop.ecs, service, `shop/orders:${version}`);
  await waitFor(`${TWIN} to be ready`, START_MS, async () =>
    (await shop.api.proxies(MESH)).some(({ name, ready }) => name === TWIN && ready),
  );
}

/** Writes the weights of orders' route as any user of App Mesh would. */
export async function writeWeights({ shop }: Pick<World, 'shop'>, weights: Record<string, number>): Promise<void> {
  const weightedTargets = Object.entries(weights).map(([virtualNode, weight]) => ({ virtualNode, weight }));
  const spec = { httpRoute: { match: { prefix: '/' }, action: { weightedTargets } } };
  await shop.appMesh.send(new UpdateRouteCommand({ ...route, spec }));
}

/** The weights that the declared route has now. */
export async function declaredWeights({ shop }: World): Promise<Record<string, number>> {
  const { route: found } = await shop.appMesh.send(new DescribeRouteCommand(route));
  const targets = found?.spec?.httpRoute?.action?.weightedTargets ?? [];
  return Object.fromEntries(targets.map(({ virtualNode = '', weight = 0 }) => [virtualNode, weight]));
}

/** Asks Weir to move the traffic of orders' routes, and answers the rollout's id. */
export async function moveTraffic({ platform }: World, from: string, to: string): Promise<string> {
  return (await say({ platform }, 'POST', 'rollouts', { mesh: MESH, virtualRouter: 'orders', from, to })).id;
}

/** One call of Weir's API, which must be taken. */
export async function say(
  { platform: { urls, iam, region } }: Pick<World, 'platform'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly id: string }> {
  const url = `${urls.weir.replace(/\/$/, '')}/weir/v1/${path}`;
  const response = await signedFetch({ method, url, credentials: iam, region, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as { readonly id: string };
}
