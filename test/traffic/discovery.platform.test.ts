import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { node } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, BLUE, GREEN] = [ip(1), ip(2), ip(3)];
/** Where `localhost` is; the port is one that nobody is likely to have, as nothing of these addresses is the test's own. */
const PORT = 20_000 + (process.pid % 20_000);

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

interface Discovery {
  readonly serviceDiscovery: object;
  readonly cloudMap?: readonly object[];
  readonly mesh?: object;
}

const mesh = ({ serviceDiscovery, cloudMap = [], mesh: spec = {} }: Discovery) => `
spec: ${JSON.stringify(spec)}
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualNode/orders: ${JSON.stringify({ ...JSON.parse(node([PORT, 'http'])), serviceDiscovery })}
  virtualService/orders.local: { provider: { virtualNode: { virtualNodeName: orders } } }
cloudMap: ${JSON.stringify({ orders: cloudMap })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh({ serviceDiscovery: { dns: { hostname: '127.0.0.1' } } }),
  upstreams: [
    { name: 'v4', address: '127.0.0.1', port: PORT },
    ...(hasIpv6 ? [{ name: 'v6', address: '::1', port: PORT }] : []),
    { name: 'blue', address: BLUE, port: PORT },
    { name: 'green', address: GREEN, port: PORT },
  ],
});

async function whoAnswers(discovery: Discovery): Promise<Record<string, number>> {
  await traffic.apply(mesh(discovery));
  return traffic.answers(traffic.client(PORT), 20);
}

describe('a node found by DNS', () => {
  test.each(['LOADBALANCER', 'ENDPOINTS'])(
    'is reached at its host name, with response type %s',
    async (responseType) => {
      const dns = { hostname: 'localhost', responseType, ipPreference: 'IPv4_ONLY' };
      expect(await whoAnswers({ serviceDiscovery: { dns } })).toEqual({ v4: 20 });
    },
  );

  test.runIf(hasIpv6).each([
    ['IPv4_ONLY', 'v4'],
    ['IPv4_PREFERRED', 'v4'],
    ['IPv6_ONLY', 'v6'],
    ['IPv6_PREFERRED', 'v6'],
  ])('and its own IP preference %s is reached over %s', async (ipPreference, name) => {
    const dns = { hostname: 'localhost', responseType: 'ENDPOINTS', ipPreference };
    expect(await whoAnswers({ serviceDiscovery: { dns } })).toEqual({ [name]: 20 });
  });

  test.runIf(hasIpv6)('follows the mesh’s IP preference when it has none', async () => {
    const serviceDiscovery = { dns: { hostname: 'localhost', responseType: 'ENDPOINTS' } };
    const preferring = (ipPreference: string) => ({ mesh: { serviceDiscovery: { ipPreference } }, serviceDiscovery });
    expect(await whoAnswers(preferring('IPv4_ONLY'))).toEqual({ v4: 20 });
    expect(await whoAnswers(preferring('IPv6_ONLY'))).toEqual({ v6: 20 });
  });
});

describe('a node found in Cloud Map', () => {
  const instances = [
    { id: 'a', ipv4: BLUE, attributes: { color: 'blue', stage: 'live' } },
    { id: 'b', ipv4: GREEN, attributes: { color: 'green', stage: 'live' } },
    { id: 'c', ipv6: '::1', attributes: { color: 'none' } },
  ];
  const found = (rest: object) => ({
    serviceDiscovery: { awsCloudMap: { namespaceName: 'shop.local', serviceName: 'orders', ...rest } },
    cloudMap: instances,
  });

  test('is reached at the instances that have all of its attributes', async () => {
    const attributes = [
      { key: 'color', value: 'blue' },
      { key: 'stage', value: 'live' },
    ];
    expect(await whoAnswers(found({ attributes }))).toEqual({ blue: 20 });
    expect(await whoAnswers(found({ attributes: [{ key: 'stage', value: 'live' }] }))).toEqual({ blue: 10, green: 10 });
  });

  test.runIf(hasIpv6)('is reached at addresses of the family it prefers', async () => {
    expect(await whoAnswers(found({ ipPreference: 'IPv4_ONLY' }))).toEqual({ blue: 10, green: 10 });
    expect(await whoAnswers(found({ ipPreference: 'IPv6_ONLY' }))).toEqual({ v6: 20 });
  });
});
