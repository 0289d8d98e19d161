/** Something about traffic that App Mesh did otherwise. */
interface TrafficDifference {
  /** Markdown, as the rest. */
  readonly appMesh: string;
  readonly weir: string;
  /** How to have it as it was. */
  readonly wayBack: string;
  /** Full titles of the tests that hold it. */
  readonly tests: readonly string[];
}

const cured = (fault: string): string => `faults of App Mesh, cured > ${fault}`;

/** Where traffic goes another way than in App Mesh, on purpose. */
export const trafficDifferences: readonly TrafficDifference[] = [
  {
    appMesh: 'A `prefix` is compared as text: `/chapter` takes `/chapter1`, and a gateway makes `/1` of it.',
    weir: 'A `prefix` takes whole segments: `/chapter` takes `/chapter`, `/chapter?p=1` and `/chapter/1`.',
    wayBack: 'A `*` at its end, for one that is to be compared as text: `/chapter*`.',
    tests: [
      cured('a prefix took paths that only begin with the same letters'),
      cured('a gateway made /1 of /chapter1, and // of what was below a prefix without a slash'),
      'a route matches > a path prefix as text, with a * behind it',
    ],
  },
  {
    appMesh: 'A listener without a `timeout` ends requests after 15 s, whatever their route allows.',
    weir: 'A listener has the limits it declares. The limit of the route, 15 s unless declared, is the client’s.',
    wayBack: 'Declare it: `timeout: { http: { perRequest: { unit: s, value: 15 }, idle: { unit: s, value: 300 } } }`.',
    tests: [cured('a route’s time limit of more than 15 s ended at the listener’s own 15 s')],
  },
  {
    appMesh: 'Backends of two protocols on one port make a listener that Envoy refuses: the proxy keeps what it had.',
    weir: 'The first bytes decide, on that port alone. A connection that is silent for a second is a TCP backend’s, whose server may speak first.',
    wayBack: 'None needed.',
    tests: [
      cured('backends of two protocols on one port made a listener that Envoy refused'),
      'one port with two protocols > so does silence, when the server is to speak first',
    ],
  },
  {
    appMesh: 'Of several TCP backends on one port, one gets all connections.',
    weir: 'The address of the task that was dialed decides; where some addresses are known to DNS alone, a TLS server name; what shows neither goes where it was dialed, as a finding says.',
    wayBack: 'A port of its own for each backend needs no telling apart.',
    tests: [
      cured('of several TCP backends on one port one got all connections'),
      'several TCP backends on one port > are told apart by the address that was dialed',
      'several TCP backends on one port > do not take what was dialed elsewhere',
    ],
  },
  {
    appMesh: 'Protocols whose server speaks first (MySQL, SMTP) hang at a backend, because Envoy waits for the client.',
    weir: 'Nobody looks at the first bytes, except on ports where they decide.',
    wayBack: 'None needed.',
    tests: [cured('a server that speaks first was never heard, because Envoy waited for the client')],
  },
  {
    appMesh: 'A route that nothing can take, or of whose target nothing can be reached, is dropped without a word.',
    weir: 'The write is refused with the field and the reason. What never was good is a finding, and answers 503.',
    wayBack: 'None: the traffic was lost in App Mesh too.',
    tests: [cured('routes that nothing could take were dropped without a word')],
  },
  {
    appMesh: 'A target that another writer makes unreachable is taken out of its route without a word.',
    weir: 'The virtual host stays as it last was good while its targets can serve, and a finding says so. Endpoints, other hosts and rollouts go on.',
    wayBack: 'Write the route: what it says then is applied, as far as it can act.',
    tests: [
      'a service whose target another writer moved to another port > is answered as before, while another service of the same caller changes',
      'a target that another writer made unreachable > leaves the virtual host, and the clusters it needs, as they were until it is mended',
      'a faulty virtual host goes as compiled > when its own route is written: weights that somebody asks for are applied',
      'what the last push kept as it was is told, with those for whom it was kept',
    ],
  },
  {
    appMesh: 'A route acts on listeners of its own type alone.',
    weir: '`httpRoute`, `http2Route` and `grpcRoute` act on any `http`, `http2` or `grpc` listener of their router or gateway; a `grpcRoute` takes gRPC requests alone. Either version of HTTP is accepted on all of them.',
    wayBack: '`match.port` ties a route to one listener.',
    tests: ['gRPC and HTTP routes share a listener, and each takes its own requests'],
  },
  {
    appMesh:
      'A gateway sends each request through Envoy twice, by a cluster `…_self_redirect_…` and a listener on 15001.',
    weir: 'A gateway route leads straight to the targets, with the same outcome. The statistics of that cluster are gone.',
    wayBack: 'Dashboards read the clusters `cds_egress_<mesh>_<node>_<protocol>_<port>`, as those of nodes do.',
    tests: [
      cured('a gateway sent each request through Envoy twice'),
      'a gateway route does in one hop what App Mesh did in two',
    ],
  },
  {
    appMesh: 'Services that are a node itself are retried by default in accounts made since July 2020.',
    weir: 'They are retried twice by default, as routes without a policy.',
    wayBack: 'A virtual router in front of the node, whose route has `maxRetries: 0`.',
    tests: [cured('whether a service that is a node itself was retried depended on the age of the account')],
  },
  {
    appMesh: 'Envoy makes three retries at a time towards a target, and drops others silently.',
    weir: 'The number of retries at a time is not limited.',
    wayBack: '`maxRetries` limits each request’s.',
    tests: [cured('more than three retries at a time were not made')],
  },
  {
    appMesh: 'A task without iptables redirection cannot be in a mesh.',
    weir: 'It can: its application uses the sidecar as HTTP proxy on port 15001, and TCP backends on 15200 and up, in the order of `backends`. With `ALLOW_ALL` requests and CONNECT tunnels leave for the host they name; with `DROP_ALL` those to `*.amazonaws.com:443`. Only the task itself is served.',
    wayBack: 'Redirection (`proxyConfiguration` of type `APPMESH`) works as it did.',
    tests: [
      'without redirection, with the egress filter at ALLOW_ALL > a request reaches the host it names, in the mesh or not',
      'without redirection, with the egress filter at ALLOW_ALL > a tunnel reaches the host it names, as HTTPS needs',
      'each TCP backend has a port of its own, in the order of the spec, and the server may speak first',
      'a neighbour cannot use the sidecar as its proxy',
    ],
  },
  {
    appMesh: 'The control plane exports certificates of ACM and pushes them, keys included.',
    weir: 'A task’s own agent exports them with its task role. Clients without a policy read the root of an ACM certificate themselves.',
    wayBack:
      '`acm:ExportCertificate` in the task role, as proxy authorization asked for; `ProxyPolicy` holds the other permissions.',
    tests: [
      'certificates of ACM come by the agent: traffic is encrypted, checked against the CA, and renewed under way',
      'without a client policy an ACM certificate is checked against the root that it leads to',
      'a permission that is missing stops nothing else, is reported with its IAM action, and is enough when it comes',
    ],
  },
  {
    appMesh: 'A client policy that is not enforced is not used; the server decides how it is spoken to.',
    weir: 'The server still decides whether TLS is spoken. Where it is, the policy’s trust, names and certificate are used.',
    wayBack: 'No client policy.',
    tests: ['a client policy > that is not enforced leaves a server without TLS in plain text, and checks one with it'],
  },
  {
    appMesh: 'Two backends of a client that lead to one listener share its cluster, whatever their policies say.',
    weir: 'The stricter policy counts for both, and a finding says so.',
    wayBack: 'The same policy for both, or a listener for each.',
    tests: [
      'a client policy > that is stricter counts for both backends that lead to one listener, in whatever order they stand',
    ],
  },
  {
    appMesh: 'Endpoints that left still get traffic while their health check passes.',
    weir: 'An endpoint that left is gone at once.',
    wayBack: 'None: those requests failed.',
    tests: [
      cured('an endpoint that was gone was kept for as long as its health checks passed'),
      'an active health check > sends nothing to a task that has left, however healthy it is',
    ],
  },
  {
    appMesh: 'Before its first request a client checks the health of its targets once a minute.',
    weir: 'At the interval that the check declares, always.',
    wayBack: 'A longer `intervalMillis`.',
    tests: ['an active health check > over HTTP takes a task out that fails it, and in again when it passes'],
  },
  {
    appMesh: 'Envoy also ejects by success rate, which no spec declares.',
    weir: 'A task is ejected for what is declared: `maxServerErrors` in a row.',
    wayBack: 'A lower `maxServerErrors`.',
    tests: [
      'outlier detection > takes a task out after so many failures in a row, and lets it in again after its time',
    ],
  },
  {
    appMesh: 'The connection pool of a gateway’s listener limits its hop to itself.',
    weir: 'It limits each cluster behind the gateway; where listeners differ, the widest limits count, and a finding says so.',
    wayBack: 'The pools of the nodes limit what reaches each.',
    tests: [
      'the connection pool of a gateway > limits each cluster behind it',
      'the connection pool of a gateway > has the widest limits where listeners differ, of which none is the widest, and says so',
    ],
  },
  {
    appMesh: 'An access log format that Envoy does not know puts it into an error state.',
    weir: 'The write is refused with the operator and the reason.',
    wayBack: 'None needed.',
    tests: ['Envoy refuses what is not compiled: %j', 'an access log format > is refused as Envoy refuses it: %j'],
  },
  {
    appMesh:
      'A WebAssembly filter counts requests again for the metrics extension, by virtual service and virtual node.',
    weir: 'The agent renames what Envoy counted; `TargetVirtualService` is missing.',
    wayBack: 'One virtual service for each virtual node.',
    tests: ["App Mesh's metrics count what Envoy really did, under App Mesh's names"],
  },
];
