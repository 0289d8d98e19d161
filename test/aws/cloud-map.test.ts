import { DiscoverInstancesCommand, ServiceDiscoveryClient, ServiceNotFound } from '@aws-sdk/client-servicediscovery';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { cloudMap } from '#aws/cloud-map.ts';

const client = mockClient(ServiceDiscoveryClient);
const found = cloudMap(new ServiceDiscoveryClient({ region: 'eu-west-1' }));
const place = { namespaceName: 'shop.local', serviceName: 'orders' };

beforeEach(() => void client.reset());

test('only healthy instances with every attribute are asked for', async () => {
  client.on(DiscoverInstancesCommand).resolves({ Instances: [] });
  await found.discover({ ...place, attributes: [{ key: 'stage', value: 'live' }] });
  expect(client.commandCalls(DiscoverInstancesCommand)[0]?.args[0].input).toMatchObject({
    NamespaceName: 'shop.local',
    ServiceName: 'orders',
    HealthStatus: 'HEALTHY',
    QueryParameters: { stage: 'live' },
  });
});

test('of an instance its addresses, its zone and the attributes asked for are kept, in the order of ids', async () => {
  const attributes = { AWS_INSTANCE_IPV4: '10.0.0.2', AVAILABILITY_ZONE: 'eu-west-1a', stage: 'live', note: 'x' };
  client.on(DiscoverInstancesCommand).resolves({
    Instances: [
      { InstanceId: 'b', Attributes: attributes },
      { InstanceId: 'a', Attributes: { AWS_INSTANCE_IPV6: 'fd00::1' } },
    ],
  });
  expect(await found.discover({ ...place, attributes: [{ key: 'stage', value: 'live' }] })).toEqual([
    { id: 'a', ipv6: 'fd00::1', attributes: {} },
    { id: 'b', ipv4: '10.0.0.2', zone: 'eu-west-1a', attributes: { stage: 'live' } },
  ]);
});

test('a service that does not exist has no instances; any other failure is one', async () => {
  client.on(DiscoverInstancesCommand).rejects(new ServiceNotFound({ message: 'no', $metadata: {} }));
  expect(await found.discover(place)).toEqual([]);
  client.on(DiscoverInstancesCommand).rejects(new Error('throttled'));
  await expect(found.discover(place)).rejects.toThrow('throttled');
});
