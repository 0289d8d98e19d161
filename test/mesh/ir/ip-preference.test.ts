import { describe, expect, test } from 'vitest';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import { dnsFamily, type IpPreference, loopback, preferredAddress, takesIpv6 } from '#mesh/ir/ip-preference.ts';
import { proxyId, viewOf } from '../../support/mesh-view.ts';

const both = { ipv4: '10.0.0.1', ipv6: 'fd00::1' };

describe('an IP preference', () => {
  test.each<readonly [IpPreference, string, boolean, string, string]>([
    [undefined, 'AUTO', false, 'v4', both.ipv4],
    ['IPv4_PREFERRED', 'V4_PREFERRED', true, 'v4', both.ipv4],
    ['IPv4_ONLY', 'V4_ONLY', true, 'v4', both.ipv4],
    ['IPv6_PREFERRED', 'AUTO', true, 'v6', both.ipv6],
    ['IPv6_ONLY', 'V6_ONLY', true, 'v6', both.ipv6],
  ])('%s has the effects of App Mesh’s table', (preference, family, ipv6, local, address) => {
    expect(dnsFamily(preference)).toBe(family);
    expect(takesIpv6(preference)).toBe(ipv6);
    expect(loopback(preference)).toBe(local);
    expect(preferredAddress(preference, both)).toBe(address);
  });

  test('for one family alone leaves out an instance that has only the other; a preference takes it', () => {
    const { ipv4, ipv6 } = both;
    expect(preferredAddress('IPv6_ONLY', { ipv4 })).toBeUndefined();
    expect(preferredAddress('IPv4_ONLY', { ipv6 })).toBeUndefined();
    expect(preferredAddress('IPv6_PREFERRED', { ipv4 })).toBe(ipv4);
    expect(preferredAddress(undefined, { ipv6 })).toBe(ipv6);
  });

  test('of a virtual node goes before its mesh’s, for its own proxy', () => {
    const listensOn = (own: string | undefined) => {
      const dns = { hostname: 'api.local', ...(own && { ipPreference: own }) };
      const view = viewOf({
        spec: { serviceDiscovery: { ipPreference: 'IPv6_ONLY' } },
        resources: {
          'virtualNode/api': {
            listeners: [{ portMapping: { port: 80, protocol: 'http' } }],
            serviceDiscovery: { dns },
          },
        },
      });
      const { ir } = buildProxy(view, proxyId(view, 'virtualNode/api'), { interception: 'transparent' });
      return ir.clusters.flatMap((cluster) => (cluster.kind === 'local' ? [cluster.loopback] : []));
    };
    expect([listensOn(undefined), listensOn('IPv4_ONLY')]).toEqual([['v6'], ['v4']]);
  });
});
