import { each, type FieldRow } from './row.ts';

const priority = 'a route of higher priority wins over one that is more specific';
const grpcMetadata = 'a gRPC route matches > metadata %s';
const grpcGateway = 'a gateway > leads gRPC calls to a service by the service they name, its host and their metadata';
const gatewayMatch = 'a gateway route matches > path, method, header and query parameter, all of them';

/** Routes of routers and gateways: what they take, where it goes, what is tried again. */
export const routeRows: readonly FieldRow[] = [
  {
    fields: ['RouteSpec.priority', 'GatewayRouteSpec.priority'],
    emits: 'The order of routes: 0 first, none last; then the more specific match.',
    tests: [priority, 'a gateway route matches > the longer prefix first'],
  },
  {
    fields: ['WeightedTarget.virtualNode', 'WeightedTarget.weight'],
    emits:
      '`weighted_clusters`, of TCP `tcp_proxy.weighted_clusters`; weights of 0 stay, so that their clusters are warm. A running canary divides its node’s weight exactly.',
    tests: [
      'weighted targets > divide the requests by their weights, whatever these sum to',
      'weighted targets > of weight 0 get nothing, and the rest gets everything',
      'TCP connections > are divided by the weights of their targets',
      'a node split between two revisions > divides only its own part of a weighted route',
    ],
  },
  {
    fields: ['WeightedTarget.port'],
    emits: 'Which listener’s cluster `cds_egress_<mesh>_<node>_<protocol>_<port>`.',
    tests: ['weighted targets > that name a port reach that listener of the node'],
  },
  {
    fields: ['HttpRouteMatch.prefix', 'HttpGatewayRouteMatch.prefix'],
    emits: '`path_separated_prefix`, or `prefix` where it ends in `/` or `*`.',
    tests: [
      'a route matches > a path prefix, of whole segments',
      'a route matches > a path prefix as text, with a * behind it',
      'a gateway route matches > the longer prefix first',
    ],
  },
  {
    fields: ['HttpPathMatch.exact'],
    emits: '`path`.',
    tests: ['a route matches > an exact path, whatever the query', gatewayMatch],
  },
  {
    fields: ['HttpPathMatch.regex'],
    emits: '`safe_regex` of the whole path; one that RE2 does not take is refused at the write.',
    tests: ['a route matches > a regular expression of the whole path'],
  },
  {
    fields: ['HttpRouteMatch.method', 'HttpGatewayRouteMatch.method'],
    emits: 'A header match on `:method`.',
    tests: ['a route matches > a method', gatewayMatch],
  },
  {
    fields: ['HttpRouteMatch.scheme'],
    emits: 'A header match on `:scheme`.',
    tests: ['a route matches > a scheme', 'a route matches > not a scheme that is another'],
  },
  {
    fields: [
      ...each(['HttpRouteMatch', 'GrpcRouteMatch', 'TcpRouteMatch'], 'port'),
      ...each(['HttpGatewayRouteMatch', 'GrpcGatewayRouteMatch'], 'port'),
    ],
    emits: 'The route stands on that listener alone.',
    tests: ['a gateway route matches > the port of its listener'],
  },
  {
    fields: each(['HttpRouteHeader', 'HttpGatewayRouteHeader'], 'name', 'invert'),
    emits: '`headers`, lower case; without a match, that it is there; `invert_match`.',
    tests: [
      'a route matches > a header that is there',
      'a route matches > a header that is not there',
      'a route matches > any header value but one',
      gatewayMatch,
    ],
  },
  {
    fields: ['HeaderMatchMethod.exact'],
    emits: '`string_match.exact`.',
    tests: ['a route matches > a header’s exact value'],
  },
  {
    fields: ['HeaderMatchMethod.prefix'],
    emits: '`string_match.prefix`.',
    tests: ['a route matches > a header’s prefix'],
  },
  {
    fields: ['HeaderMatchMethod.suffix'],
    emits: '`string_match.suffix`.',
    tests: ['a route matches > a header’s suffix'],
  },
  {
    fields: ['HeaderMatchMethod.regex'],
    emits: '`string_match.safe_regex`, whole.',
    tests: ['a route matches > a header’s regular expression, whole'],
  },
  {
    fields: ['MatchRange.start', 'MatchRange.end'],
    emits: '`range_match`, without its end.',
    tests: ['a route matches > a header’s range, without its end', grpcMetadata],
  },
  {
    fields: ['HttpQueryParameter.name', 'QueryParameterMatch.exact'],
    emits: '`query_parameters`.',
    tests: [
      'a route matches > a query parameter’s exact value',
      'a route matches > a query parameter that is there',
      gatewayMatch,
    ],
  },
  {
    fields: [...each(['GrpcRouteMatch'], 'serviceName', 'methodName'), 'GrpcGatewayRouteMatch.serviceName'],
    emits: 'The path `/<service>/<method>`, of gRPC requests alone.',
    tests: ['a gRPC route matches > %s', grpcGateway],
  },
  {
    fields: each(['GrpcRouteMetadata', 'GrpcGatewayRouteMetadata'], 'name', 'invert'),
    emits: '`headers`, as for HTTP.',
    tests: ['a gRPC route matches > metadata that is not there, when inverted', grpcMetadata, grpcGateway],
  },
  {
    fields: each(['GrpcRouteMetadataMatchMethod', 'GrpcMetadataMatchMethod'], 'exact', 'prefix', 'suffix', 'regex'),
    emits: '`string_match`, as for HTTP.',
    tests: [grpcMetadata, grpcGateway],
  },
  {
    fields: each(['HttpRetryPolicy', 'GrpcRetryPolicy'], 'httpRetryEvents'),
    emits:
      '`server-error`: `reset` and 500–508, 510, 511. `gateway-error`: `reset` and 502–504. `client-error`: 409. `stream-error`: `refused-stream`.',
    tests: [
      'a retry policy > of server-error tries again after a %i',
      'a retry policy > of gateway-error tries again after a %i',
      'a retry policy > of client-error tries again after a 409, and after nothing else',
      'HTTP/2 > streams that the peer refused are tried again by a retry policy of stream-error',
      'a gRPC retry policy > of an HTTP event tries again after that',
    ],
  },
  {
    fields: each(['HttpRetryPolicy', 'GrpcRetryPolicy'], 'tcpRetryEvents'),
    emits: '`connect-failure`, to another host where there is one.',
    tests: ['a retry policy > of connection-error goes to another host when one cannot be reached'],
  },
  {
    fields: ['GrpcRetryPolicy.grpcRetryEvents'],
    emits: 'The `retry_on` word of the same name.',
    tests: ['a gRPC retry policy > of %s tries again after that status, and after no other'],
  },
  {
    fields: each(['HttpRetryPolicy', 'GrpcRetryPolicy'], 'maxRetries'),
    emits: '`num_retries`; `max_retries` of clusters is raised, since Envoy’s default of 3 at a time defeats them.',
    tests: [
      'a retry policy > tries no more often than it says',
      'a retry policy > of maxRetries 0 tries once',
      'a retry policy > holds for many requests at once: Envoy’s own default allows three retries in all',
    ],
  },
  {
    fields: each(['HttpRetryPolicy', 'GrpcRetryPolicy'], 'perRetryTimeout'),
    emits: '`per_try_timeout`.',
    tests: ['a retry policy > gives each try its own time'],
  },
  {
    fields: ['GatewayRouteVirtualService.virtualServiceName', 'GatewayRouteTarget.port'],
    emits:
      'The routes of that service (on that port) joined with the gateway route: one hop, with the outcome of App Mesh’s two.',
    tests: [
      'a gateway route rewrites > its prefix to / and the host to the virtual service, by default',
      'a gateway route does in one hop what App Mesh did in two',
    ],
  },
  {
    fields: ['GatewayRouteHostnameMatch.exact'],
    emits: 'A virtual host of that domain.',
    tests: ['a gateway route matches > an exact host name, whatever the port'],
  },
  {
    fields: ['GatewayRouteHostnameMatch.suffix'],
    emits: 'A virtual host of `*<suffix>`.',
    tests: ['a gateway route matches > a suffix of the host name, after exact ones'],
  },
  {
    fields: ['GatewayRouteHostnameRewrite.defaultTargetHostname'],
    emits: '`host_rewrite_literal` to the virtual service, unless `DISABLED`.',
    tests: ['a gateway route rewrites > no host when defaultTargetHostname is DISABLED', grpcGateway],
  },
  {
    fields: ['HttpGatewayRoutePathRewrite.exact'],
    emits: '`regex_rewrite` of the whole path, or `prefix_rewrite` of an exact one.',
    tests: ['a gateway route rewrites > the whole path to an exact one, and keeps the query'],
  },
  {
    fields: ['HttpGatewayRoutePrefixRewrite.defaultPrefix'],
    emits: '`prefix_rewrite` to `/`, unless `DISABLED`.',
    tests: [
      'a gateway route rewrites > no prefix when defaultPrefix is DISABLED',
      'a gateway route rewrites > its prefix to / and the host to the virtual service, by default',
    ],
  },
  {
    fields: ['HttpGatewayRoutePrefixRewrite.value'],
    emits: '`prefix_rewrite`.',
    tests: ['a gateway route rewrites > its prefix to a declared value'],
  },
];
