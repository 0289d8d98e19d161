import type { Resource } from '#mesh/model/resource.ts';
import type { MeshServiceDiscovery } from '#mesh/model/spec.gen.ts';
import type { MeshIndex } from './mesh-index.ts';
import type { DnsClusterIr } from './proxy-ir.ts';

/** App Mesh's four words; absent: no preference. Every table here is the IPv6 walkthrough's (aws-app-mesh-examples, howto-ipv6). */
export type IpPreference = MeshServiceDiscovery['ipPreference'];

/** A node's own preference, else its mesh's. */
export function ipPreference({ mesh }: MeshIndex, node?: Resource<'virtualNode'>): IpPreference {
  const discovery = node?.spec.serviceDiscovery;
  const own = discovery?.dns?.ipPreference ?? discovery?.awsCloudMap?.ipPreference;
  return own ?? mesh?.spec.serviceDiscovery?.ipPreference;
}

/** `dns_lookup_family`; without a preference IPv6 comes first, as with `IPv6_PREFERRED`: Envoy's AUTO. */
export function dnsFamily(preference: IpPreference): DnsClusterIr['family'] {
  if (preference === 'IPv4_PREFERRED') return 'V4_PREFERRED';
  if (preference === 'IPv4_ONLY') return 'V4_ONLY';
  return preference === 'IPv6_ONLY' ? 'V6_ONLY' : 'AUTO';
}

/** Whether a proxy's listeners take IPv6 beside IPv4: with any preference. */
export function takesIpv6(preference: IpPreference): boolean {
  return preference !== undefined;
}

/** The loopback address the local application is dialled at; there is no falling back to the other. */
export function loopback(preference: IpPreference): 'v4' | 'v6' {
  return preference === 'IPv6_PREFERRED' || preference === 'IPv6_ONLY' ? 'v6' : 'v4';
}

/** The one of an instance's two addresses that is used, if any. */
export function preferredAddress(
  preference: IpPreference,
  { ipv4, ipv6 }: { readonly ipv4?: string; readonly ipv6?: string },
): string | undefined {
  if (preference === 'IPv4_ONLY') return ipv4;
  if (preference === 'IPv6_ONLY') return ipv6;
  return preference === 'IPv6_PREFERRED' ? (ipv6 ?? ipv4) : (ipv4 ?? ipv6);
}
