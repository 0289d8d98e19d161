import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ListenerSchema } from '#envoy-protos/envoy/config/listener/v3/listener_pb.js';
import type { WireResource, WireResources } from '#mesh/wire/snapshot.ts';

const type = `type.googleapis.com/${ListenerSchema.typeName}`;

/** The same resources with every listener bound to `address` instead of 0.0.0.0. */
export function bindTo(address: string, resources: WireResources): WireResources {
  const listeners = Object.entries(resources[type] ?? {}).map(([name, item]) => [name, bound(address, item)] as const);
  return { ...resources, [type]: Object.fromEntries(listeners) };
}

function bound(address: string, { version, body }: WireResource): WireResource {
  const listener = fromBinary(ListenerSchema, Buffer.from(body, 'base64'));
  if (listener.address?.address.case === 'socketAddress') listener.address.address.value.address = address;
  return { version, body: Buffer.from(toBinary(ListenerSchema, listener)).toString('base64') };
}
