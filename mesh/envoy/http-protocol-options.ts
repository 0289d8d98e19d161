import type { ClusterJson } from '#envoy-protos/envoy/config/cluster/v3/cluster_pb.js';
import { HttpProtocolOptionsSchema } from '#envoy-protos/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';
import type { ProtocolIr } from '#mesh/ir/proxy-ir.ts';
import { pack } from './extension.ts';

const EXTENSION = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/**
 * The version of HTTP spoken to a cluster: what its listener declares, whatever the client spoke. HTTP/1.1 over other
 * tasks is Envoy's default and needs no word; `idleTimeout` (a protobuf duration) closes unused connections.
 */
export function httpProtocolOptions(
  protocol: ProtocolIr,
  { idleTimeout }: { readonly idleTimeout?: string } = {},
): Pick<ClusterJson, 'typedExtensionProtocolOptions'> {
  const isHttp2 = protocol === 'http2' || protocol === 'grpc';
  if (protocol === 'tcp' || (!isHttp2 && idleTimeout === undefined)) return {};
  const options = {
    ...(idleTimeout !== undefined && { commonHttpProtocolOptions: { idleTimeout } }),
    explicitHttpConfig: isHttp2 ? { http2ProtocolOptions: {} } : { httpProtocolOptions: {} },
  };
  return { typedExtensionProtocolOptions: { [EXTENSION]: pack(HttpProtocolOptionsSchema, options) } };
}
