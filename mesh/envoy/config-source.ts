import type { ConfigSourceJson } from '#envoy-protos/envoy/config/core/v3/config_source_pb.js';

/**
 * How long a resource waits for what it refers to. Finite, so that one late answer cannot hold a listener or a cluster
 * for ever; long enough for an agent that is just starting.
 */
const INITIAL_FETCH_TIMEOUT = '5s';

/** Where referenced resources come from: the agent's one delta ADS stream. */
export const ads: ConfigSourceJson = { resourceApiVersion: 'V3', initialFetchTimeout: INITIAL_FETCH_TIMEOUT, ads: {} };
