import { each, type FieldRow } from './row.ts';

const clientsOfDns = 'a node found by DNS > is reached at its host name, with response type %s';
const cloudMap = 'a node found in Cloud Map > is reached at the instances that have all of its attributes';

/** The mesh, what its nodes and services refer to, how nodes are found, and what proxies write. */
export const nodeRows: readonly FieldRow[] = [
  {
    fields: ['EgressFilter.type'],
    emits:
      '`DROP_ALL`: chains for declared backends and for TLS to `*.amazonaws.com`. `ALLOW_ALL`: a default chain to an `ORIGINAL_DST` cluster as well, or, without redirection, a host `*`.',
    tests: [
      'with the egress filter at %s > nothing outside the mesh is reached',
      'with the egress filter at ALLOW_ALL > anything is reached where it was meant to go',
      'without redirection, with the egress filter at DROP_ALL > nothing outside the mesh is reached, by request or by tunnel',
    ],
  },
  {
    fields: ['MeshServiceDiscovery.ipPreference'],
    emits:
      '`dns_lookup_family`, the address of Cloud Map instances, and listeners of both families, where a node has no preference of its own.',
    tests: ['a node found by DNS > follows the mesh’s IP preference when it has none'],
  },
  {
    fields: ['DnsServiceDiscovery.ipPreference'],
    emits: '`dns_lookup_family`.',
    tests: ['a node found by DNS > and its own IP preference %s is reached over %s'],
  },
  {
    fields: ['AwsCloudMapServiceDiscovery.ipPreference'],
    emits: 'Which of an instance’s addresses is the endpoint.',
    tests: ['a node found in Cloud Map > is reached at addresses of the family it prefers'],
  },
  {
    fields: ['DnsServiceDiscovery.hostname', 'DnsServiceDiscovery.responseType'],
    emits:
      '`LOADBALANCER`: a `LOGICAL_DNS` cluster. `ENDPOINTS`: `STRICT_DNS`. A node whose tasks Weir knows is an EDS cluster instead.',
    tests: [clientsOfDns],
  },
  {
    fields: [
      ...each(['AwsCloudMapServiceDiscovery'], 'namespaceName', 'serviceName'),
      ...each(['AwsCloudMapInstanceAttribute'], 'key', 'value'),
    ],
    emits: 'An EDS cluster of the instances with every attribute.',
    tests: [cloudMap],
  },
  {
    fields: ['VirtualServiceBackend.virtualServiceName'],
    emits:
      'Egress of the node: a virtual host `rds_egress_http_<port>/<service>`, or TCP filter chains, and the clusters behind.',
    tests: ['with the egress filter at %s > declared backends are reached, and other services of the mesh are not'],
  },
  {
    fields: ['VirtualNodeServiceProvider.virtualNodeName'],
    emits: 'One route to the node’s cluster on each of its ports, with App Mesh’s default retries and time limit.',
    tests: ['with the egress filter at %s > declared backends are reached, and other services of the mesh are not'],
  },
  {
    fields: ['VirtualRouterServiceProvider.virtualRouterName'],
    emits: 'The router’s routes, on each of its ports.',
    tests: ['weighted targets > divide the requests by their weights, whatever these sum to'],
  },
  {
    fields: each(['FileAccessLog', 'VirtualGatewayFileAccessLog'], 'path'),
    emits: 'A file access log on every filter chain.',
    tests: [
      'an access log > has one line for each request in and out, in Envoy’s own format where none is declared',
      'a gateway > writes its access log in the declared format',
    ],
  },
  {
    fields: ['LoggingFormat.text'],
    emits: '`text_format_source`.',
    tests: ['an access log > is written in a declared text format'],
  },
  {
    fields: ['JsonFormatRef.key', 'JsonFormatRef.value'],
    emits: '`json_format`.',
    tests: ['an access log > is written as JSON with the declared keys'],
  },
];
