import type { EnvoyResources } from '#mesh/envoy/translate.ts';

type Json = Record<string, unknown>;

/** As the agent's bootstrap has it. */
const REGEX_STEPS = 10_000;

/**
 * A bootstrap that holds a proxy's resources statically, for `envoy --mode validate`: route configurations (with their
 * VHDS virtual hosts) stand in the connection managers that name them, endpoints in static clusters of their own.
 */
export function staticBootstrap(envoy: EnvoyResources): Json {
  const routeConfigurations = new Map(
    envoy.routeConfigurations.map((item) => [item.name, inlined(item as Json, envoy)]),
  );
  const loads = envoy.endpoints.map((loadAssignment) => ({
    name: `endpoints of ${loadAssignment.clusterName}`,
    type: 'STATIC',
    loadAssignment,
  }));
  return {
    node: { id: 'validate', cluster: 'validate' },
    layeredRuntime: { layers: [{ name: 'static', staticLayer: { 're2.max_program_size.error_level': REGEX_STEPS } }] },
    dynamicResources: {
      adsConfig: {
        apiType: 'DELTA_GRPC',
        transportApiVersion: 'V3',
        grpcServices: [{ envoyGrpc: { clusterName: 'ads' } }],
      },
    },
    staticResources: {
      listeners: (envoy.listeners as readonly Json[]).map((item) => withInlineRoutes(item, routeConfigurations)),
      clusters: [...streams, ...envoy.clusters, ...loads],
    },
  };
}

const http2 = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicitHttpConfig: { http2ProtocolOptions: {} },
  },
};

/** What compiled resources come from: the agent, and a task's own SDS server. */
const streams = ['ads', 'static_cluster_sds_unix_socket'].map((name) => ({
  name,
  type: 'STATIC',
  typedExtensionProtocolOptions: http2,
}));

function inlined({ vhds, ...configuration }: Json, { virtualHosts }: EnvoyResources): Json {
  const own = virtualHosts.filter(({ name }) => name?.startsWith(`${String(configuration['name'])}/`));
  return vhds === undefined ? configuration : { ...configuration, virtualHosts: own };
}

/** Replaces every `rds` of a listener by the route configuration it names. */
function withInlineRoutes<T>(value: T, configurations: ReadonlyMap<string | undefined, Json>): T {
  if (Array.isArray(value)) return value.map((item) => withInlineRoutes(item, configurations)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) =>
    key === 'rds'
      ? ['routeConfig', configurations.get((item as { routeConfigName: string }).routeConfigName)]
      : [key, withInlineRoutes(item, configurations)],
  );
  return Object.fromEntries(entries) as T;
}
