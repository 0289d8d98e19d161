import type { AdminAddress } from './config.ts';

/** What differs between the bootstraps of two tasks. */
export interface BootstrapOptions {
  /** Envoy's node id and cluster, as App Mesh's agent set them. */
  readonly nodeId: string;
  readonly nodeCluster: string;
  readonly admin: AdminAddress;
  /** The agent's ADS socket. */
  readonly adsSocket: string;
  /** The user's own SDS server, where the task has one. */
  readonly sdsSocket?: string;
  /** Names of statistics kept beside the usual ones (RE2). */
  readonly moreStatistics?: string;
  /** Tags that every statistic bears. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Statistics Envoy keeps: what the agent, the console and App Mesh's dashboards read. All others cost memory unread. */
const STATISTICS = [
  String.raw`^cluster\..*\.(upstream_rq_(total|active|[1-5]xx|time|retry|retry_success|timeout|pending_overflow)|upstream_cx_(total|active|connect_fail|overflow)|membership_(healthy|total)|health_check\.(attempt|success|failure)|outlier_detection\.ejections_active|update_rejected|ssl\..*)$`,
  String.raw`^http\..*\.(downstream_rq_(total|active|[1-5]xx|time)|downstream_cx_(total|active)|no_cluster|no_route|rds\..*)$`,
  String.raw`^listener\..*\.(downstream_cx_active|ssl\..*|server_ssl_socket_factory\..*)$`,
  String.raw`^(cluster_manager|listener_manager|control_plane|runtime|server|sds)\..*`,
];
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const ADS = { resource_api_version: 'V3', initial_fetch_timeout: '0s', ads: {} };
/** Envoy's default back-off to its management server is 0.5–30 s; ours is in the same task and back in milliseconds. */
const RECONNECT = { retry_back_off: { base_interval: '0.1s', max_interval: '1s' } };
/** The limit Envoy's edge guide asks for; a sidecar without one can be run out of file descriptors by its peers. */
const MAX_DOWNSTREAM_CONNECTIONS = '50000';
/**
 * The longest program of a regular expression, in Envoy's steps. The compiler refuses those above 1,000 of its own, of which
 * one may be eight of Envoy's: what was accepted must never be refused here, with everything that stands beside it.
 */
const REGEX_STEPS = 10_000;

/** Envoy's bootstrap: delta ADS from the agent over a unix socket, the admin interface, lean statistics. */
export function bootstrap(options: BootstrapOptions): object {
  const { nodeId, nodeCluster, admin, adsSocket, sdsSocket, moreStatistics, tags = {} } = options;
  const statistics = moreStatistics === undefined ? STATISTICS : [...STATISTICS, moreStatistics];
  return {
    node: { id: nodeId, cluster: nodeCluster },
    admin: { address: adminAddress(admin), ignore_global_conn_limit: true },
    dynamic_resources: {
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: 'weir_agent', retry_policy: RECONNECT } }],
      },
      cds_config: ADS,
      lds_config: ADS,
    },
    static_resources: { clusters: [grpcCluster('weir_agent', adsSocket), ...localSecrets(sdsSocket)] },
    layered_runtime: {
      layers: [
        { name: 'static', static_layer: { 're2.max_program_size.error_level': REGEX_STEPS } },
        { name: 'admin', admin_layer: {} },
      ],
    },
    overload_manager: { resource_monitors: [connectionLimit()] },
    deferred_stat_options: { enable_deferred_creation_stats: true },
    stats_flush_on_admin: true,
    stats_config: {
      stats_tags: Object.entries(tags).map(([tag_name, fixed_value]) => ({ tag_name, fixed_value })),
      stats_matcher: { inclusion_list: { patterns: statistics.map((regex) => ({ safe_regex: { regex } })) } },
    },
  };
}

function adminAddress(admin: AdminAddress): object {
  if ('socketPath' in admin) return { pipe: { path: admin.socketPath, mode: 0o600 } };
  return { socket_address: { address: admin.host, port_value: admin.port } };
}

/** App Mesh's name for it, which compiled resources refer to. Without the variable there is none, and Envoy says so of whoever does. */
function localSecrets(path: string | undefined): object[] {
  return path === undefined ? [] : [grpcCluster('static_cluster_sds_unix_socket', path)];
}

function grpcCluster(name: string, path: string): object {
  const endpoint = { address: { pipe: { path } } };
  return {
    name,
    type: 'STATIC',
    connect_timeout: '0.25s',
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: {
        '@type': `type.googleapis.com/${HTTP_OPTIONS}`,
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}

function connectionLimit(): object {
  return {
    name: 'envoy.resource_monitors.global_downstream_max_connections',
    typed_config: {
      '@type':
        'type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
      max_active_downstream_connections: MAX_DOWNSTREAM_CONNECTIONS,
    },
  };
}
