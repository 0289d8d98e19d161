import type { AddressJson } from '#envoy-protos/envoy/config/core/v3/address_pb.js';

/** Where listeners bind and where the local application answers. The agent may replace exactly these strings (local mode). */
const BIND_ADDRESS = { v4: '0.0.0.0', any: '::' } as const;
const APP_ADDRESS = { v4: '127.0.0.1', v6: '::1' } as const;

/** Where a listener binds: every IPv4 address, or every address of either family on one socket. */
export function bindAddress(port: number, takesIpv6: boolean): AddressJson {
  if (!takesIpv6) return socketAddress(BIND_ADDRESS.v4, port);
  return { socketAddress: { address: BIND_ADDRESS.any, portValue: port, ipv4Compat: true } };
}

/** Where the local application answers. */
export function appAddress(loopback: 'v4' | 'v6'): string {
  return APP_ADDRESS[loopback];
}

/** A TCP address. */
export function socketAddress(address: string, portValue: number): AddressJson {
  return { socketAddress: { address, portValue } };
}
