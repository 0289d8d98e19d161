import { createRegistry, type DescMessage, type MessageJsonType } from '@bufbuild/protobuf';
import type { AnyJson } from '@bufbuild/protobuf/wkt';
import { FileAccessLogSchema } from '#envoy-protos/envoy/extensions/access_loggers/file/v3/file_pb.js';
import { ClusterConfigSchema as AggregateClusterSchema } from '#envoy-protos/envoy/extensions/clusters/aggregate/v3/cluster_pb.js';
import { ClusterConfigSchema as NamedHostClusterSchema } from '#envoy-protos/envoy/extensions/clusters/dynamic_forward_proxy/v3/cluster_pb.js';
import { FilterConfigSchema } from '#envoy-protos/envoy/extensions/filters/http/dynamic_forward_proxy/v3/dynamic_forward_proxy_pb.js';
import { RouterSchema } from '#envoy-protos/envoy/extensions/filters/http/router/v3/router_pb.js';
import { HttpInspectorSchema } from '#envoy-protos/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.js';
import { OriginalDstSchema } from '#envoy-protos/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js';
import { TlsInspectorSchema } from '#envoy-protos/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js';
import { HttpConnectionManagerSchema } from '#envoy-protos/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { TcpProxySchema } from '#envoy-protos/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { PreviousHostsPredicateSchema } from '#envoy-protos/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js';
import { PreviousPrioritiesConfigSchema } from '#envoy-protos/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config_pb.js';
import {
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from '#envoy-protos/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import { HttpProtocolOptionsSchema } from '#envoy-protos/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';

/** Every message that may stand in an `Any` of ours. Encoding one that is missing here throws, in the tests of its feature. */
export const extensions = createRegistry(
  AggregateClusterSchema,
  DownstreamTlsContextSchema,
  FileAccessLogSchema,
  FilterConfigSchema,
  HttpConnectionManagerSchema,
  HttpInspectorSchema,
  HttpProtocolOptionsSchema,
  NamedHostClusterSchema,
  OriginalDstSchema,
  PreviousHostsPredicateSchema,
  PreviousPrioritiesConfigSchema,
  RouterSchema,
  TcpProxySchema,
  TlsInspectorSchema,
  UpstreamTlsContextSchema,
);

/** A typed extension config: the JSON of `schema` as an `Any`. */
export function pack<S extends DescMessage>(schema: S, json: MessageJsonType<S>): AnyJson {
  return { '@type': `type.googleapis.com/${schema.typeName}`, ...(json as object) };
}
