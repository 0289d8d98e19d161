import { createHash } from 'node:crypto';

/** One xDS resource as Envoy gets it: `body` is base64 of the encoded message, `version` a hash of those bytes. */
export interface WireResource {
  readonly version: string;
  readonly body: string;
}

/** type URL → resource name → resource. Type URLs are Envoy's (`type.googleapis.com/envoy.config.cluster.v3.Cluster` …). */
export type WireResources = Readonly<Record<string, Readonly<Record<string, WireResource>>>>;

/** What a sidecar is to count for one running rollout: requests to the stable and to the canary variant of one virtual node. */
export interface TelemetryOrder {
  readonly rollout: string;
  readonly everyMs: number;
  /** Envoy cluster names. `shield` is the aggregate the routes name when the canary shield is on. */
  readonly clusters: { readonly stable: string; readonly canary: string; readonly shield?: string };
  /** Of a tcp listener Envoy knows connections only; absent: requests. */
  readonly counts?: 'connections';
}

/** The whole state of one proxy: the S3 object. `rev` rises with every stored change; `hash` is {@link resourcesHash}. */
export interface Snapshot {
  readonly v: 1;
  /** proxyKey of the proxy. */
  readonly proxy: string;
  readonly rev: number;
  readonly hash: string;
  readonly resources: WireResources;
  readonly telemetry: readonly TelemetryOrder[];
  /** TCP ports of the app that must accept before the task counts as ready. */
  readonly appPorts: readonly number[];
}

/**
 * News on a topic. `pointer`: read the snapshot. `delta`: apply to `base`, check `hash`; the bodies in `changed` are base64 of the
 * message *deflated* (RFC 1951, raw), since a route repeats its clusters' names. A `resend` asks for a fresh ack even when
 * nothing is new.
 */
export type News =
  | { readonly v: 1; readonly kind: 'pointer'; readonly rev: number; readonly hash: string; readonly resend?: boolean }
  | {
      readonly v: 1;
      readonly kind: 'delta';
      readonly rev: number;
      readonly base: number;
      readonly hash: string;
      readonly changed: WireResources;
      /** type URL → names. */
      readonly removed: Readonly<Record<string, readonly string[]>>;
      readonly telemetry: readonly TelemetryOrder[];
    };

/** News above this many bytes are published as a pointer: 5 KB is one billing unit of AWS IoT. */
export const MAX_NEWS_BYTES = 5 * 1024;

/** Hash of a set of resources and telemetry orders, independent of the order of their keys: lower-case hex SHA-256. */
export function resourcesHash(resources: WireResources, telemetry: readonly TelemetryOrder[]): string {
  const hash = createHash('sha256');
  for (const type of Object.keys(resources).sort()) {
    const named = resources[type] ?? {};
    for (const name of Object.keys(named).sort()) hash.update(`${type}\n${name}\n${named[name]?.version}\n`);
  }
  for (const order of [...telemetry].sort((a, b) => (a.rollout < b.rollout ? -1 : 1)))
    hash.update(
      `${JSON.stringify([order.rollout, order.everyMs, order.clusters.stable, order.clusters.canary, order.clusters.shield ?? '', ...(order.counts === undefined ? [] : [order.counts])])}\n`,
    );
  return hash.digest('hex');
}
