import type { VariantCounts } from '#mesh/wire/report.ts';

/** Monotone counts of each host of a cluster, by address. */
export type HostCounts = ReadonlyMap<string, VariantCounts>;

type Stat = { name?: string; value?: string | number };
type Address = { socket_address?: { address?: string; port_value?: number }; pipe?: { path?: string } };
type HostStatus = { address?: Address; stats?: Stat[] };
type Clusters = { cluster_statuses?: { name?: string; host_statuses?: HostStatus[] }[] };

type Count = (name: string) => number;

/**
 * What is counted of a host. Attempts are counted when they end: `rq_total` knows nothing of a request whose connection
 * failed, `rq_error` does. An answer of 5xx, a reset, a time-out, a failed connection and a gRPC status that means 5xx (in
 * the trailers or in headers alone) are each one `rq_error`, with and without an aggregate cluster in between. Of tcp there
 * are connections only: `cx_total` has the failed ones in it (all seen on Envoy 1.40).
 */
const counting = {
  requests: (count: Count): VariantCounts => ({
    requests: count('rq_success') + count('rq_error'),
    failures: count('rq_error'),
  }),
  connections: (count: Count): VariantCounts => ({ requests: count('cx_total'), failures: count('cx_connect_fail') }),
};

/** Per-host counts of the named clusters, out of the text of Envoy's `/clusters?format=json`. */
export function readHostCounts(
  text: string,
  clusters: readonly string[],
  counts: keyof typeof counting = 'requests',
): ReadonlyMap<string, HostCounts> {
  const { cluster_statuses = [] } = JSON.parse(text) as Clusters;
  const wanted = cluster_statuses.filter(({ name }) => name !== undefined && clusters.includes(name));
  const read = (host: HostStatus) => readHost(host, counting[counts]);
  return new Map(wanted.map(({ name = '', host_statuses = [] }) => [name, new Map(host_statuses.map(read))]));
}

/**
 * What was added between two readings. A host that is new counts from zero, one that went takes its rest along, and a count
 * that fell was reset (Envoy restarted, or the host came back): all of it is new.
 */
export function added(before: HostCounts, after: HostCounts): VariantCounts {
  let requests = 0;
  let failures = 0;
  for (const [host, now] of after) {
    const then = before.get(host);
    const reset = then === undefined || now.requests < then.requests || now.failures < then.failures;
    requests += now.requests - (reset ? 0 : then.requests);
    failures += now.failures - (reset ? 0 : then.failures);
  }
  return { requests, failures };
}

function readHost(
  { address, stats = [] }: HostStatus,
  counts: (count: Count) => VariantCounts,
): [string, VariantCounts] {
  const { socket_address: socket, pipe } = address ?? {};
  const host = pipe?.path ?? `${socket?.address}:${socket?.port_value}`;
  const values = new Map(stats.map(({ name = '', value }) => [name, Number(value ?? 0)]));
  return [host, counts((name) => values.get(name) ?? 0)];
}
