import { createHmac } from 'node:crypto';
import {
  AppMeshClient,
  CreateGatewayRouteCommand,
  CreateMeshCommand,
  CreateRouteCommand,
  CreateVirtualGatewayCommand,
  CreateVirtualNodeCommand,
  CreateVirtualRouterCommand,
  CreateVirtualServiceCommand,
  DeleteGatewayRouteCommand,
  DeleteMeshCommand,
  DeleteRouteCommand,
  DeleteVirtualGatewayCommand,
  DeleteVirtualNodeCommand,
  DeleteVirtualRouterCommand,
  DeleteVirtualServiceCommand,
  DescribeGatewayRouteCommand,
  DescribeMeshCommand,
  DescribeRouteCommand,
  DescribeVirtualGatewayCommand,
  DescribeVirtualNodeCommand,
  DescribeVirtualRouterCommand,
  DescribeVirtualServiceCommand,
  ListGatewayRoutesCommand,
  ListMeshesCommand,
  ListRoutesCommand,
  ListTagsForResourceCommand,
  ListVirtualGatewaysCommand,
  ListVirtualNodesCommand,
  ListVirtualRoutersCommand,
  ListVirtualServicesCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateGatewayRouteCommand,
  UpdateMeshCommand,
  UpdateRouteCommand,
  UpdateVirtualGatewayCommand,
  UpdateVirtualNodeCommand,
  UpdateVirtualRouterCommand,
  UpdateVirtualServiceCommand,
} from '@aws-sdk/client-app-mesh';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueSession } from '#aws/credentials/issue.ts';
import { sessionKeys } from '#aws/credentials/session-keys.ts';
import { route } from '#aws/http.ts';
import { appMeshErrors } from '#aws/http-errors.ts';
import { meshStore } from '#aws/mesh-store.ts';
import type { Access } from '#mesh/api/access.ts';
import type { Change } from '#mesh/api/ports.ts';
import { DEFAULT_QUOTAS } from '#mesh/api/quotas.ts';
import { meshApi } from '../../functions/mesh-api/mesh-api.ts';
import { startTable, type TestTable } from '../support/dynamodb-table.ts';
import { serveHttpApi } from '../support/http-api.ts';

const owner = '000000000000';
const region = 'us-east-1';
const keys = sessionKeys(async (message) => createHmac('sha256', 'key in kms').update(message).digest());
const changes: Change[] = [];

let table: TestTable;
let server: Awaited<ReturnType<typeof serveHttpApi>>;
let client: AppMeshClient;

async function clientWith(mesh: string, access: Access): Promise<AppMeshClient> {
  const expires = Math.floor(Date.now() / 1000) + 600;
  const { expiration: _, ...credentials } = await issueSession(keys, {
    principal: 'arn:aws:iam::000000000000:user/u',
    mesh,
    access,
    expires,
  });
  return new AppMeshClient({ endpoint: server.url, region, credentials, maxAttempts: 1 });
}

beforeAll(async () => {
  table = await startTable();
  const store = meshStore({
    ...table,
    quotas: DEFAULT_QUOTAS,
    now: Date.now,
    check: async () => undefined,
    publish: async (change) => void changes.push(change),
    preview: async () => [],
  });
  const authenticator = { keys, region, now: Date.now };
  server = await serveHttpApi(route(appMeshErrors, meshApi({ authenticator, home: { owner, region }, store })));
  client = await clientWith('*', 'admin');
});

afterAll(async () => {
  await server?.close();
  await table?.close();
});

const meshName = 'all kinds 100%';
const node = (name: string) => ({
  meshName,
  virtualNodeName: name,
  spec: {
    listeners: [{ portMapping: { port: 8080, protocol: 'http' as const } }],
    serviceDiscovery: { dns: { hostname: `${name}.local` } },
    backends: [],
  },
});
const target = (virtualNode: string, weight: number) => ({ virtualNode, weight });
const routeSpec = (...weightedTargets: ReturnType<typeof target>[]) => ({
  httpRoute: { match: { prefix: '/' }, action: { weightedTargets } },
});

test('an unmodified SDK client takes all seven kinds through create, describe, update, list and delete', async () => {
  const vs = 'svc.local/x y%z';
  const created = await client.send(new CreateMeshCommand({ meshName }));
  expect(created.mesh).toMatchObject({
    meshName,
    spec: {},
    status: { status: 'ACTIVE' },
    metadata: {
      arn: `arn:aws:appmesh:${region}:${owner}:mesh/${meshName}`,
      meshOwner: owner,
      resourceOwner: owner,
      version: 1,
    },
  });
  expect(created.mesh?.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
  expect(Math.abs(Number(created.mesh?.metadata?.createdAt) - Date.now())).toBeLessThan(60_000);

  await client.send(new CreateVirtualNodeCommand(node('a/1')));
  await client.send(new CreateVirtualNodeCommand(node('b')));
  await client.send(new CreateVirtualRouterCommand({ meshName, virtualRouterName: 'r 1', spec: { listeners: [] } }));
  const inRouter = { meshName, virtualRouterName: 'r 1' };
  const routeOne = { ...inRouter, routeName: 'main route' };
  await client.send(new CreateRouteCommand({ ...routeOne, spec: routeSpec(target('a/1', 100)) }));
  const provider = { virtualRouter: { virtualRouterName: 'r 1' } };
  await client.send(new CreateVirtualServiceCommand({ meshName, virtualServiceName: vs, spec: { provider } }));
  const gateway = { meshName, virtualGatewayName: 'gw' };
  const gatewaySpec = { listeners: [{ portMapping: { port: 80, protocol: 'http' as const } }] };
  await client.send(new CreateVirtualGatewayCommand({ ...gateway, spec: gatewaySpec }));
  const gatewayRoute = { ...gateway, gatewayRouteName: 'gr' };
  const gatewayRouteSpec = {
    httpRoute: { match: { prefix: '/' }, action: { target: { virtualService: { virtualServiceName: vs } } } },
  };
  await client.send(new CreateGatewayRouteCommand({ ...gatewayRoute, spec: gatewayRouteSpec }));

  const updated = await client.send(
    new UpdateRouteCommand({ ...routeOne, spec: routeSpec(target('b', 10), target('a/1', 90)), meshOwner: owner }),
  );
  expect(updated.route?.metadata?.version).toBe(2);
  const described = await client.send(new DescribeRouteCommand(routeOne));
  expect(described.route?.spec).toEqual(routeSpec(target('b', 10), target('a/1', 90)));
  expect(described.route).toEqual(updated.route);

  const nodeUpdate = {
    ...node('b'),
    spec: { ...node('b').spec, backends: [{ virtualService: { virtualServiceName: 'any' } }] },
  };
  expect((await client.send(new UpdateVirtualNodeCommand(nodeUpdate))).virtualNode?.spec).toEqual(nodeUpdate.spec);
  expect((await client.send(new DescribeVirtualNodeCommand(node('a/1')))).virtualNode?.virtualNodeName).toBe('a/1');
  await client.send(new UpdateMeshCommand({ meshName, spec: { egressFilter: { type: 'ALLOW_ALL' } } }));
  expect((await client.send(new DescribeMeshCommand({ meshName }))).mesh?.metadata?.version).toBe(2);
  const routerUpdate = { ...inRouter, spec: { listeners: [{ portMapping: { port: 80, protocol: 'http' as const } }] } };
  await client.send(new UpdateVirtualRouterCommand(routerUpdate));
  expect((await client.send(new DescribeVirtualRouterCommand(inRouter))).virtualRouter?.spec).toEqual(
    routerUpdate.spec,
  );
  await client.send(new UpdateVirtualServiceCommand({ meshName, virtualServiceName: vs, spec: { provider } }));
  const service = await client.send(new DescribeVirtualServiceCommand({ meshName, virtualServiceName: vs }));
  expect(service.virtualService).toMatchObject({
    virtualServiceName: vs,
    spec: { provider },
    metadata: { version: 2 },
  });
  await client.send(new UpdateVirtualGatewayCommand({ ...gateway, spec: gatewaySpec }));
  expect((await client.send(new DescribeVirtualGatewayCommand(gateway))).virtualGateway?.spec).toEqual(gatewaySpec);
  await client.send(new UpdateGatewayRouteCommand({ ...gatewayRoute, spec: gatewayRouteSpec }));
  expect((await client.send(new DescribeGatewayRouteCommand(gatewayRoute))).gatewayRoute?.virtualGatewayName).toBe(
    'gw',
  );

  const nodes = await client.send(new ListVirtualNodesCommand({ meshName }));
  expect(nodes.virtualNodes?.map((n) => [n.virtualNodeName, n.version])).toEqual([
    ['a/1', 1],
    ['b', 2],
  ]);
  expect(nodes.virtualNodes?.[0]).not.toHaveProperty('spec');
  expect((await client.send(new ListMeshesCommand({}))).meshes?.map((m) => m.meshName)).toContain(meshName);
  expect((await client.send(new ListRoutesCommand(inRouter))).routes?.map((r) => r.routeName)).toEqual(['main route']);
  expect((await client.send(new ListVirtualRoutersCommand({ meshName }))).virtualRouters).toHaveLength(1);
  expect(
    (await client.send(new ListVirtualServicesCommand({ meshName }))).virtualServices?.[0]?.virtualServiceName,
  ).toBe(vs);
  expect((await client.send(new ListVirtualGatewaysCommand({ meshName }))).virtualGateways).toHaveLength(1);
  expect((await client.send(new ListGatewayRoutesCommand(gateway))).gatewayRoutes?.[0]?.gatewayRouteName).toBe('gr');

  const refused = (command: Promise<unknown>) => expect(command).rejects;
  const inUse = (message: string) => ({ name: 'ResourceInUseException', message, $metadata: { httpStatusCode: 409 } });
  await refused(client.send(new DeleteVirtualNodeCommand(node('a/1')))).toMatchObject(
    inUse('VirtualNode with name a/1 cannot be deleted because it is the target of one or more routes.'),
  );
  await refused(client.send(new DeleteVirtualServiceCommand({ meshName, virtualServiceName: vs }))).toMatchObject(
    inUse(`VirtualService ${vs} is being referenced in the following: GATEWAY_ROUTE: [gr]`),
  );
  await refused(client.send(new DeleteMeshCommand({ meshName }))).toMatchObject(
    inUse(
      `Mesh ${meshName} for account ${owner} has active VirtualNodes, please delete VirtualNodes before deleting the Mesh`,
    ),
  );
  await refused(client.send(new DeleteVirtualGatewayCommand(gateway))).toMatchObject({
    name: 'ResourceInUseException',
  });

  const deleted = await client.send(new DeleteRouteCommand(routeOne));
  expect(deleted.route).toMatchObject({ status: { status: 'DELETED' }, metadata: { version: 3 } });
  await refused(client.send(new DeleteVirtualRouterCommand(inRouter))).toMatchObject(
    inUse('VirtualRouter with name r 1 cannot be deleted because it is a VirtualService provider'),
  );
  await client.send(new DeleteGatewayRouteCommand(gatewayRoute));
  await client.send(new DeleteVirtualGatewayCommand(gateway));
  await client.send(new DeleteVirtualServiceCommand({ meshName, virtualServiceName: vs }));
  await client.send(new DeleteVirtualRouterCommand(inRouter));
  await client.send(new DeleteVirtualNodeCommand(node('a/1')));
  await client.send(new DeleteVirtualNodeCommand(node('b')));
  await client.send(new DeleteMeshCommand({ meshName }));
  await refused(client.send(new DescribeMeshCommand({ meshName }))).toMatchObject({ name: 'NotFoundException' });
});

test('tags ride on create, are replaced by key, paged and removed', async () => {
  const mesh = {
    meshName: 'tagged',
    tags: [
      { key: 'team', value: 'a' },
      { key: 'env', value: 'x' },
    ],
  };
  const resourceArn = String((await client.send(new CreateMeshCommand(mesh))).mesh?.metadata?.arn);

  await client.send(
    new TagResourceCommand({
      resourceArn,
      tags: [
        { key: 'team', value: 'b' },
        { key: 'zone', value: '' },
      ],
    }),
  );
  await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['env'] }));

  const first = await client.send(new ListTagsForResourceCommand({ resourceArn, limit: 1 }));
  expect(first.tags).toEqual([{ key: 'team', value: 'b' }]);
  const second = await client.send(
    new ListTagsForResourceCommand({ resourceArn, limit: 1, nextToken: first.nextToken }),
  );
  expect(second.tags).toEqual([{ key: 'zone', value: '' }]);
  expect(second.nextToken).toBeUndefined();
  const many = Array.from({ length: 50 }, (_, i) => ({ key: `k${i}`, value: '' }));
  await expect(client.send(new TagResourceCommand({ resourceArn, tags: many }))).rejects.toMatchObject({
    name: 'TooManyTagsException',
  });
});

test('a list is paged in the order of names and its tokens are good for that list alone', async () => {
  await client.send(new CreateMeshCommand({ meshName: 'paged' }));
  for (const name of ['c', 'a', 'b'])
    await client.send(new CreateVirtualRouterCommand({ meshName: 'paged', virtualRouterName: name, spec: {} }));

  const first = await client.send(new ListVirtualRoutersCommand({ meshName: 'paged', limit: 2 }));
  const second = await client.send(
    new ListVirtualRoutersCommand({ meshName: 'paged', limit: 2, nextToken: first.nextToken }),
  );

  expect(first.virtualRouters?.map((r) => r.virtualRouterName)).toEqual(['a', 'b']);
  expect(second.virtualRouters?.map((r) => r.virtualRouterName)).toEqual(['c']);
  expect(second.nextToken).toBeUndefined();
  const elsewhere = new ListVirtualNodesCommand({ meshName: 'paged', nextToken: first.nextToken });
  await expect(client.send(elsewhere)).rejects.toMatchObject({ name: 'BadRequestException' });
  await expect(client.send(new ListVirtualNodesCommand({ meshName: 'nowhere' }))).rejects.toMatchObject({
    name: 'NotFoundException',
    message: 'Mesh with name nowhere was not found.',
  });
});

test('a client token answers the same request again and refuses another one', async () => {
  const request = { meshName: 'once', clientToken: 'token-1' };
  const first = await client.send(new CreateMeshCommand(request));
  const changed = changes.length;

  expect((await client.send(new CreateMeshCommand(request))).mesh).toEqual(first.mesh);
  expect(changes.length).toBe(changed);
  await expect(client.send(new CreateMeshCommand({ ...request, meshName: 'twice' }))).rejects.toMatchObject({
    name: 'ConflictException',
  });
  await expect(client.send(new CreateMeshCommand({ meshName: 'once' }))).rejects.toMatchObject({
    name: 'ConflictException',
    $metadata: { httpStatusCode: 409 },
  });
});

test('a target that does not exist is NotFound, and nothing is stored', async () => {
  await client.send(new CreateMeshCommand({ meshName: 'targets' }));
  const at = { meshName: 'targets', virtualRouterName: 'r' };
  await client.send(new CreateVirtualRouterCommand({ ...at, spec: {} }));

  const command = new CreateRouteCommand({ ...at, routeName: 'x', spec: routeSpec(target('ghost', 1)) });

  await expect(client.send(command)).rejects.toMatchObject({
    name: 'NotFoundException',
    message: 'VirtualNode with name ghost was not found in Mesh targets.',
  });
  expect((await client.send(new ListRoutesCommand(at))).routes).toEqual([]);
  await client.send(new DeleteVirtualRouterCommand(at));
  await client.send(new DeleteMeshCommand({ meshName: 'targets' }));
});

test('credentials reach no further than their mesh and access', async () => {
  await client.send(new CreateMeshCommand({ meshName: 'mine' }));
  const reader = await clientWith('mine', 'read');
  const writer = await clientWith('mine', 'write');
  const forbidden = { name: 'ForbiddenException', message: expect.stringContaining('OutOfScope') };

  expect((await reader.send(new DescribeMeshCommand({ meshName: 'mine' }))).mesh?.meshName).toBe('mine');
  await expect(reader.send(new UpdateMeshCommand({ meshName: 'mine' }))).rejects.toMatchObject(forbidden);
  await expect(reader.send(new DescribeMeshCommand({ meshName: 'other' }))).rejects.toMatchObject(forbidden);
  await expect(reader.send(new ListMeshesCommand({}))).rejects.toMatchObject(forbidden);
  await expect(writer.send(new DeleteMeshCommand({ meshName: 'mine' }))).rejects.toMatchObject(forbidden);
  await writer.send(new UpdateMeshCommand({ meshName: 'mine', spec: {} }));
});

test("another account's mesh is Forbidden, and another account's credentials open nothing", async () => {
  await expect(
    client.send(new DescribeMeshCommand({ meshName: 'mine', meshOwner: '111111111111' })),
  ).rejects.toMatchObject({ name: 'ForbiddenException' });
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x', sessionToken: 'y' };
  const stranger = new AppMeshClient({ endpoint: server.url, region, credentials, maxAttempts: 1 });
  await expect(stranger.send(new ListMeshesCommand({}))).rejects.toMatchObject({
    name: 'ForbiddenException',
    message: expect.stringContaining('not Weir credentials'),
  });
});
