import {
  type AppMeshClient,
  CreateGatewayRouteCommand,
  CreateMeshCommand,
  CreateRouteCommand,
  CreateVirtualGatewayCommand,
  CreateVirtualNodeCommand,
  CreateVirtualRouterCommand,
  CreateVirtualServiceCommand,
} from '@aws-sdk/client-app-mesh';

/** Name of the shop's mesh. */
export const MESH = 'shop';

/** What calls each other by: a virtual service's name is the Host its callers use. */
export const ORDERS_HOST = 'orders.shop.local';
const PAYMENTS_HOST = 'payments.shop.local';

/** Every app of the shop, and the gateway, listens here. */
export const PORT = 8080;

const portMapping = { port: PORT, protocol: 'http' } as const;
const meshName = MESH;

/** ARNs of the shop's proxies: what a task definition says in `APPMESH_RESOURCE_ARN`. */
export type ShopProxies = { front: string; orders: string; payments: string };

/**
 * Declares the shop in the mesh as any App Mesh user would: gateway `front` → `orders.shop.local` (router, one route) →
 * node `orders` → `payments.shop.local` → node `payments`. A node comes before what refers to it.
 */
export async function createShopMesh(appMesh: AppMeshClient): Promise<ShopProxies> {
  await appMesh.send(new CreateMeshCommand({ meshName, spec: { egressFilter: { type: 'DROP_ALL' } } }));
  const payments = await createNode(appMesh, 'payments', []);
  await appMesh.send(
    new CreateVirtualServiceCommand({
      meshName,
      virtualServiceName: PAYMENTS_HOST,
      spec: { provider: { virtualNode: { virtualNodeName: 'payments' } } },
    }),
  );
  const orders = await createNode(appMesh, 'orders', [PAYMENTS_HOST]);
  await createOrdersRoute(appMesh);
  return { front: await createGateway(appMesh), orders, payments };
}

async function createNode(appMesh: AppMeshClient, name: string, backends: readonly string[]): Promise<string> {
  const { virtualNode } = await appMesh.send(
    new CreateVirtualNodeCommand({
      meshName,
      virtualNodeName: name,
      spec: {
        listeners: [{ portMapping }],
        serviceDiscovery: { dns: { hostname: `${name}.${MESH}.local` } },
        backends: backends.map((virtualServiceName) => ({ virtualService: { virtualServiceName } })),
      },
    }),
  );
  return arnOf(virtualNode, name);
}

async function createOrdersRoute(appMesh: AppMeshClient): Promise<void> {
  await appMesh.send(
    new CreateVirtualRouterCommand({ meshName, virtualRouterName: 'orders', spec: { listeners: [{ portMapping }] } }),
  );
  await appMesh.send(
    new CreateRouteCommand({
      meshName,
      virtualRouterName: 'orders',
      routeName: 'main',
      spec: {
        httpRoute: {
          match: { prefix: '/' },
          action: { weightedTargets: [{ virtualNode: 'orders', weight: 100 }] },
        },
      },
    }),
  );
  await appMesh.send(
    new CreateVirtualServiceCommand({
      meshName,
      virtualServiceName: ORDERS_HOST,
      spec: { provider: { virtualRouter: { virtualRouterName: 'orders' } } },
    }),
  );
}

async function createGateway(appMesh: AppMeshClient): Promise<string> {
  const { virtualGateway } = await appMesh.send(
    new CreateVirtualGatewayCommand({
      meshName,
      virtualGatewayName: 'front',
      spec: { listeners: [{ portMapping }] },
    }),
  );
  await appMesh.send(
    new CreateGatewayRouteCommand({
      meshName,
      virtualGatewayName: 'front',
      gatewayRouteName: 'orders',
      spec: {
        httpRoute: {
          match: { prefix: '/' },
          action: { target: { virtualService: { virtualServiceName: ORDERS_HOST } } },
        },
      },
    }),
  );
  return arnOf(virtualGateway, 'front');
}

function arnOf(created: { metadata: { arn: string | undefined } | undefined } | undefined, name: string): string {
  const arn = created?.metadata?.arn;
  if (arn === undefined) throw new Error(`The App Mesh API created ${name} without answering its ARN.`);
  return arn;
}
