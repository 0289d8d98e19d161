import { each, type FieldRow } from './row.ts';

const strict = 'a listener in TLS mode > STRICT is encrypted with its own certificate, and refuses plain text';
const sds = "secrets of the task's own SDS server serve both ends of mutual TLS, and health is checked through it";
const health = 'an active health check > over HTTP takes a task out that fails it, and in again when it passes';
const outliers =
  'outlier detection > takes a task out after so many failures in a row, and lets it in again after its time';

/** Ports, limits, health and certificates of nodes, routers and gateways. */
export const listenerRows: readonly FieldRow[] = [
  {
    fields: each(['PortMapping', 'VirtualGatewayPortMapping'], 'port'),
    emits:
      'Ingress: a filter chain for `destination_port` (redirected) or a listener of its own. Egress: the chain, route configuration and cluster names of that port.',
    tests: [
      'TCP connections > reach the local application',
      'weighted targets > that name a port reach that listener of the node',
    ],
  },
  {
    fields: each(['PortMapping', 'VirtualGatewayPortMapping'], 'protocol'),
    emits:
      '`http`, `http2`, `grpc`: an HTTP connection manager, and upstream explicit HTTP/1.1 or HTTP/2 options. `tcp`: a TCP proxy.',
    tests: [
      'HTTP/2 > reaches the local application as HTTP/2',
      'a gRPC call > reaches the application over HTTP/2, and its status comes back in trailers',
      'TCP connections > reach the local application',
    ],
  },
  {
    fields: ['HttpTimeout.perRequest'],
    emits: 'Route and listener: `route.timeout`, 0 for none. A route without it: 15 s.',
    tests: [
      'a route’s timeout > ends a request with 504 when the application is too slow',
      'a route’s timeout > is 15 s where none is declared, as in App Mesh',
      'a listener’s timeout > ends a request with 504 when the local application is too slow',
    ],
  },
  {
    fields: ['HttpTimeout.idle'],
    emits: '`route.idle_timeout`.',
    tests: [
      'a route’s timeout > for idle requests ends one on which nothing moves',
      'a listener’s timeout > for idle requests ends one on which nothing moves',
    ],
  },
  {
    fields: ['GrpcTimeout.perRequest', 'GrpcTimeout.idle'],
    emits: 'As for HTTP; a call that takes too long ends with status 14.',
    tests: ['a gRPC timeout > ends a call that takes too long as unavailable, which is what Envoy makes of a 504'],
  },
  {
    fields: ['TcpTimeout.idle'],
    emits: '`tcp_proxy.idle_timeout`.',
    tests: ['TCP connections > on which nothing moves are closed after the idle timeout'],
  },
  {
    fields: ['VirtualNodeHttpConnectionPool.maxConnections', 'VirtualNodeHttpConnectionPool.maxPendingRequests'],
    emits: '`circuit_breakers` of the cluster `cds_ingress_…`: `max_connections`, `max_pending_requests`.',
    tests: [
      'the connection pool of a listener > of http opens no more connections than it says, and lets the rest wait',
      'the connection pool of a listener > of http answers 503 to what finds the queue full',
    ],
  },
  {
    fields: each(['VirtualNodeHttp2ConnectionPool', 'VirtualNodeGrpcConnectionPool'], 'maxRequests'),
    emits: '`circuit_breakers` of the cluster `cds_ingress_…`: `max_requests`.',
    tests: [
      'the connection pool of a listener > of http2 has no more requests under way than it says, and answers 503 to the rest',
      'the connection pool of a listener > of grpc has no more requests under way than it says, and answers 503 to the rest',
    ],
  },
  {
    fields: ['VirtualNodeTcpConnectionPool.maxConnections'],
    emits: '`circuit_breakers` of the cluster `cds_ingress_…`: `max_connections`.',
    tests: ['the connection pool of a listener > of tcp closes connections above its limit'],
  },
  {
    fields: [
      ...each(['VirtualGatewayHttpConnectionPool'], 'maxConnections', 'maxPendingRequests'),
      ...each(['VirtualGatewayHttp2ConnectionPool', 'VirtualGatewayGrpcConnectionPool'], 'maxRequests'),
    ],
    emits: '`circuit_breakers` of every cluster behind the gateway; where listeners differ, the widest.',
    tests: [
      'a gateway’s listener > limits the connections and the queue that its connection pool allows towards a target',
      'a gateway’s listener > limits the requests that its connection pool allows towards a target',
    ],
  },
  {
    fields: each(
      ['HealthCheckPolicy'],
      'protocol',
      'path',
      'port',
      'healthyThreshold',
      'unhealthyThreshold',
      'intervalMillis',
      'timeoutMillis',
    ),
    emits:
      '`health_checks` in the cluster of each client, over HTTP, gRPC or TCP, on the listener’s own port; removed endpoints leave at once (`ignore_health_on_host_removal`).',
    tests: [
      health,
      'an active health check > over TCP takes out a task that nobody listens at',
      'an active health check > sends nothing to a task that has left, however healthy it is',
    ],
  },
  {
    fields: each(
      ['VirtualGatewayHealthCheckPolicy'],
      'protocol',
      'path',
      'port',
      'healthyThreshold',
      'unhealthyThreshold',
      'intervalMillis',
      'timeoutMillis',
    ),
    emits: 'Nothing, and a finding says so: no proxy of the mesh calls a gateway. It is kept and given back.',
    tests: ['a gateway’s health check is kept and reported: no proxy of the mesh calls a gateway'],
  },
  {
    fields: each(['OutlierDetection'], 'maxServerErrors', 'interval', 'baseEjectionDuration', 'maxEjectionPercent'),
    emits:
      '`outlier_detection` in the cluster of each client: `consecutive_5xx`, `interval`, `base_ejection_time`, `max_ejection_percent`.',
    tests: [outliers, 'outlier detection > takes out no task when maxEjectionPercent is 0'],
  },
  {
    fields: each(['ListenerTls', 'VirtualGatewayListenerTls'], 'mode'),
    emits:
      '`STRICT`: a TLS transport socket. `PERMISSIVE`: two filter chains, told apart by `transport_protocol`. `DISABLED`: none.',
    tests: [
      strict,
      'a listener in TLS mode > PERMISSIVE takes TLS and plain text',
      'a listener in TLS mode > DISABLED takes plain text',
      'a gateway’s listener > in TLS mode STRICT shows its certificate and refuses plain text',
      'a gateway’s listener > in TLS mode PERMISSIVE takes TLS and plain text',
    ],
  },
  {
    fields: each(
      ['ListenerTlsFileCertificate', 'VirtualGatewayListenerTlsFileCertificate'],
      'certificateChain',
      'privateKey',
    ),
    emits: '`tls_certificates` of files in the task; of a listener, and of a client policy.',
    tests: [strict, 'a client policy > shows the certificate it declares'],
  },
  {
    fields: each(
      [
        'ListenerTlsSdsCertificate',
        'VirtualGatewayListenerTlsSdsCertificate',
        'TlsValidationContextSdsTrust',
        'VirtualGatewayTlsValidationContextSdsTrust',
      ],
      'secretName',
    ),
    emits: 'An SDS secret of that name from the task’s own socket (`static_cluster_sds_unix_socket`).',
    tests: [sds],
  },
  {
    fields: each(['ListenerTlsAcmCertificate', 'VirtualGatewayListenerTlsAcmCertificate'], 'certificateArn'),
    emits:
      'An SDS secret that the agent fills from ACM with the task’s role; keys never pass through the control plane.',
    tests: [
      'certificates of ACM come by the agent: traffic is encrypted, checked against the CA, and renewed under way',
    ],
  },
  {
    fields: each(
      ['TlsValidationContextAcmTrust', 'VirtualGatewayTlsValidationContextAcmTrust'],
      'certificateAuthorityArns',
    ),
    emits: 'A validation context that the agent fills from ACM PCA.',
    tests: [
      'certificates of ACM come by the agent: traffic is encrypted, checked against the CA, and renewed under way',
    ],
  },
  {
    fields: each(['TlsValidationContextFileTrust', 'VirtualGatewayTlsValidationContextFileTrust'], 'certificateChain'),
    emits: '`validation_context.trusted_ca`, for clients of a listener and for servers of a client policy.',
    tests: [
      'a client policy > refuses a server of another authority',
      'a listener that validates its clients > lets one in whose certificate its authority has issued, and no other',
    ],
  },
  {
    fields: ['SubjectAlternativeNameMatchers.exact'],
    emits: '`match_typed_subject_alt_names`; without it a client policy takes the discovery name.',
    tests: [
      'a client policy > takes the subject alternative names it declares, and no other',
      'a client policy > refuses a server with another name',
      'a listener that validates its clients > lets one in by its subject alternative name, and no other',
    ],
  },
  {
    fields: each(['ClientPolicyTls', 'VirtualGatewayClientPolicyTls'], 'enforce'),
    emits: 'True, or absent: always TLS. False: TLS where the server’s listener takes it.',
    tests: [
      'a client policy > refuses a server that speaks plain text',
      'a client policy > that is not enforced leaves it to the server: plain text to one without TLS',
    ],
  },
  {
    fields: each(['ClientPolicyTls', 'VirtualGatewayClientPolicyTls'], 'ports'),
    emits: 'The policy bears on clusters of these ports alone.',
    tests: [
      'a client policy > of other ports does not bear on this one',
      'a gateway > speaks TLS to its targets by its client policy, and shows its certificate',
    ],
  },
];
