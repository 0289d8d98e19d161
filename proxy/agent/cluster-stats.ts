import type { LatencyCounts } from '#mesh/wire/report.ts';

/** Answers so far by the lower end of their bucket, in milliseconds. */
export type Histogram = ReadonlyMap<number, number>;

/** What Envoy counts for whole clusters: by the name of the cluster. */
export interface ClusterStats {
  /** Requests that the shield answered from stable. */
  readonly retried: ReadonlyMap<string, number>;
  readonly times: ReadonlyMap<string, Histogram>;
}

type Bucket = { lower_bound: number; count: number };
type Entry = { name?: string; value?: number; histograms?: { details?: { name: string; totals: Bucket[] }[] } };

const RETRIED = 'upstream_rq_retry_success';
const TIME = 'upstream_rq_time';

/** RE2 that matches the statistics of these clusters that {@link readClusterStats} reads, and no others. */
export function clusterStatsFilter(clusters: readonly string[]): string {
  return `^cluster\\.(${clusters.map(escapeRegex).join('|')})\\.(${RETRIED}|${TIME})$`;
}

/** Counts of clusters out of the text of Envoy's `/stats?format=json&histogram_buckets=detailed`; one never used is absent. */
export function readClusterStats(text: string): ClusterStats {
  const { stats = [] } = JSON.parse(text) as { stats?: Entry[] };
  const retried = stats.flatMap(({ name, value }): [string, number][] =>
    name === undefined || value === undefined ? [] : [[clusterOf(name, RETRIED), value]],
  );
  const histograms = stats.flatMap((entry) => entry.histograms?.details ?? []);
  return {
    retried: new Map(retried),
    times: new Map(histograms.map(({ name, totals }) => [clusterOf(name, TIME), histogramOf(totals)])),
  };
}

/** What was added to some histograms between two readings; one that lost answers was reset, and all of it is new. */
export function addedAnswers(before: readonly Histogram[], after: readonly Histogram[]): LatencyCounts {
  const sum = new Map<number, number>();
  for (const [i, histogram] of after.entries())
    for (const [ms, answers] of addedTo(before[i], histogram)) sum.set(ms, (sum.get(ms) ?? 0) + answers);
  return [...sum].filter(([, answers]) => answers > 0).sort(([a], [b]) => a - b);
}

function addedTo(before: Histogram | undefined, after: Histogram): Histogram {
  const wasReset = before === undefined || [...before].some(([ms, answers]) => (after.get(ms) ?? 0) < answers);
  if (wasReset) return after;
  return new Map([...after].map(([ms, answers]) => [ms, answers - (before.get(ms) ?? 0)]));
}

const histogramOf = (totals: readonly Bucket[]): Histogram =>
  new Map(totals.map(({ lower_bound, count }) => [lower_bound, count]));

const clusterOf = (name: string, stat: string): string => name.slice('cluster.'.length, -stat.length - 1);

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
