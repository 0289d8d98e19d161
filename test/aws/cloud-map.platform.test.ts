import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateHttpNamespaceCommand,
  CreateServiceCommand,
  GetOperationCommand,
  RegisterInstanceCommand,
  ServiceDiscoveryClient,
} from '@aws-sdk/client-servicediscovery';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cloudMap } from '#aws/cloud-map.ts';
import { cloudMapStore } from '#aws/cloud-map-store.ts';
import { withNodes } from '#aws/mesh-view.ts';
import { proxyStore } from '#aws/proxy-store.ts';
import { refreshCloudMap } from '#aws/refresh-cloud-map.ts';
import type { Table } from '#aws/table.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { startMiniStack } from '../../local/ministack.ts';
import { Processes } from '../../local/processes.ts';
import { meshView } from '../support/mesh-view.ts';

const processes = new Processes();
const proxy: ProxyId = { owner: '111122223333', mesh: 'shop', kind: 'vn', name: 'orders' };
const place = { namespaceName: 'shop.local', serviceName: 'orders', attributes: [{ key: 'stage', value: 'live' }] };
let table: Table;
let registry: ServiceDiscoveryClient;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-cloud-map-'));
  processes.removeAtEnd(folder);
  const { url: endpoint, region, root: credentials } = await startMiniStack({ processes, folder });
  registry = new ServiceDiscoveryClient({ endpoint, region, credentials, disableHostPrefix: true });
  const raw = new DynamoDBClient({ endpoint, region, credentials });
  const keys = ['pk', 'sk'] as const;
  await raw.send(
    new CreateTableCommand({
      TableName: 'weir',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
    }),
  );
  table = { name: 'weir', client: DynamoDBDocumentClient.from(raw) };
});

afterAll(() => processes.endAll());

async function createService(): Promise<string> {
  const { OperationId } = await registry.send(new CreateHttpNamespaceCommand({ Name: place.namespaceName }));
  const { Operation } = await registry.send(new GetOperationCommand({ OperationId }));
  const NamespaceId = Operation?.Targets?.NAMESPACE;
  const { Service } = await registry.send(new CreateServiceCommand({ Name: place.serviceName, NamespaceId }));
  return Service?.Id ?? '';
}

test('an instance registered in Cloud Map is in the next mesh view, once, and is news once', async () => {
  const ports = { cloudMap: cloudMap(registry), store: cloudMapStore(table) };
  const look = () => refreshCloudMap(ports, { proxy, place });
  const { resources } = meshView(
    'resources: { virtualNode/orders: { serviceDiscovery: { awsCloudMap: { namespaceName: n, serviceName: s } } } }',
  );
  const seen = async () => {
    const items = await proxyStore(table).items(proxy);
    const view = withNodes({ owner: proxy.owner, mesh: 'shop', resources }, new Map([['orders', items]]));
    return view.cloudMap?.get('orders');
  };
  expect(await seen()).toBeUndefined();
  expect([await look(), await look()]).toEqual([true, false]);
  expect(await seen()).toEqual([]);
  const Attributes = { AWS_INSTANCE_IPV4: '10.0.0.7', stage: 'live' };
  const ServiceId = await createService();
  await registry.send(new RegisterInstanceCommand({ ServiceId, InstanceId: 'i-7', Attributes }));
  expect([await look(), await look()]).toEqual([true, false]);
  expect(await seen()).toEqual([{ id: 'i-7', ipv4: '10.0.0.7', attributes: { stage: 'live' } }]);
});
