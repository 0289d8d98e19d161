import type { ConfigSourceJson } from '#envoy-protos/envoy/config/core/v3/config_source_pb.js';

/**
 * How long a resource waits for what it refers to. Finite, so that one late answer cannot hold a listener or a cluster
 * for ever; long enough for an agent that is just starting.
 */
const INITIAL_FETCH_TIMEOUT = '5s';

/** Where referenced resources come from: the agent's one delta ADS stream. */
export const ads: ConfigSourceJson = { resourceApiVersion: 'V3', initialFetchTimeout: INITIAL_FETCH_TIMEOUT, ads: {} };

/** App Mesh's name of the cluster that leads to the task's own SDS socket; the agent's bootstrap defines it. */
const LOCAL_SDS_CLUSTER = 'static_cluster_sds_unix_socket';

/** Where secrets come from that the task's user provides (`APPMESH_SDS_SOCKET_PATH`). */
export const localSecrets: ConfigSourceJson = {
  resourceApiVersion: 'V3',
  initialFetchTimeout: INITIAL_FETCH_TIMEOUT,
  apiConfigSource: {
    apiType: 'GRPC',
    transportApiVersion: 'V3',
    grpcServices: [{ envoyGrpc: { clusterName: LOCAL_SDS_CLUSTER } }],
  },
};
