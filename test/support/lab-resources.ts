import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { ListenerSchema } from '#envoy-protos/envoy/config/listener/v3/listener_pb.js';
import { compile } from '#mesh/compile-proxy.ts';
import type { Interception } from '#mesh/model/endpoint.ts';
import type { WireResource, WireResources } from '#mesh/wire/snapshot.ts';
import { rewriteAddresses } from '../../proxy/agent/rewrite-addresses.ts';
import { meshView, proxyId } from './mesh-view.ts';

const LISTENER = `type.googleapis.com/${ListenerSchema.typeName}`;
const ORIGINAL_DESTINATION = 'envoy.filters.listener.original_dst';

/**
 * What the Envoy of `proxy` is sent in a lab: the mesh (YAML) as compiled, with two changes that leave everything else byte
 * for byte. The agent's own rewriter puts the lab's `address` where local mode puts a task's (listeners of both IP families are
 * bound there, too); and where iptables would tell
 * Envoy what a redirected connection was meant for, the PROXY protocol does.
 */
export function labResources(
  address: string,
  mesh: string,
  proxy: string,
  interception: Interception = 'explicit',
): WireResources {
  const view = meshView(mesh);
  return placedResources(address, compile(view, proxyId(view, proxy), { interception }).resources);
}

/** Resources as compiled, with the two changes of {@link labResources}. */
export function placedResources(address: string, resources: WireResources): WireResources {
  return Object.fromEntries(
    Object.entries(resources).map(([type, named]) => [
      type,
      Object.fromEntries(
        Object.entries(named).map(([name, item]) => [
          name,
          redirectable(type, placed(type, name, item, address), address),
        ]),
      ),
    ]),
  );
}

function placed(type: string, name: string, { version, body }: WireResource, address: string): WireResource {
  const bytes = rewriteAddresses(type, name, Buffer.from(body, 'base64'), { bind: address, app: address });
  return { version, body: bytes.toString('base64') };
}

/** The PROXY protocol's filter restores a connection's destination address exactly as `original_dst` does. */
function redirectable(type: string, { version, body }: WireResource, address: string): WireResource {
  if (type !== LISTENER) return { version, body };
  const listener = fromBinary(ListenerSchema, Buffer.from(body, 'base64'));
  const bound = listener.address?.address;
  if (bound?.case === 'socketAddress') Object.assign(bound.value, { address, ipv4Compat: false });
  for (const filter of listener.listenerFilters) {
    if (filter.name !== ORIGINAL_DESTINATION) continue;
    const typeUrl = 'type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol';
    filter.name = 'envoy.filters.listener.proxy_protocol';
    filter.configType = { case: 'typedConfig', value: create(AnySchema, { typeUrl }) };
  }
  return { version, body: Buffer.from(toBinary(ListenerSchema, listener)).toString('base64') };
}
