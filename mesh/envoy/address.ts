import type { AddressJson } from '#envoy-protos/envoy/config/core/v3/address_pb.js';

/** Where listeners bind and where the local application answers. The agent may replace exactly these strings (local mode). */
export const BIND_ADDRESS = '0.0.0.0';
export const APP_ADDRESS = '127.0.0.1';

/** A TCP address. */
export function socketAddress(address: string, portValue: number): AddressJson {
  return { socketAddress: { address, portValue } };
}
