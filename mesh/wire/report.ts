/** What a sidecar says of itself, on connect and after every change: who it is comes from the broker, never from here. */
export interface ProxyReport {
  readonly v: 1;
  /** Protocol versions the agent reads, inclusive. */
  readonly protocol: readonly [number, number];
  /** Agent and Envoy versions, for people. */
  readonly agent: string;
  readonly envoy: string;
  /** Highest revision that Envoy has acknowledged in whole; 0 before the first. */
  readonly rev: number;
  readonly hash: string;
  /** Present when Envoy refused something of a newer revision: its own text, the type and the resources it names. */
  readonly rejected?: { readonly rev: number; readonly type: string; readonly text: string };
  /** What works less than it should though nothing was refused, one sentence each (a certificate that cannot be had); absent: nothing. */
  readonly problems?: readonly string[];
  /** True once Envoy is live with `rev` and every app port accepts connections. False again while draining. */
  readonly ready: boolean;
  /** Epoch milliseconds at which Envoy acknowledged `rev` (the task's clock). */
  readonly appliedAt: number;
  /** Epoch milliseconds of this report; rises within one task, so a lower one is a late duplicate. */
  readonly at: number;
}

/**
 * Requests of one reporting interval of one sidecar, to one variant. `failures` counts every failed attempt, hidden by the
 * shield or not: answers of 5xx, gRPC statuses that mean so, resets, time-outs, failed connections. Where the order says
 * `counts: 'connections'` they are connections and those that failed.
 */
export interface VariantCounts {
  readonly requests: number;
  readonly failures: number;
}

/**
 * How many answers took how long: `[milliseconds, answers]`, rising, the lower end of each of Envoy's own buckets (two
 * significant digits, so whole milliseconds below 100); buckets without an answer are left out.
 */
export type LatencyCounts = readonly (readonly [number, number])[];

/** One interval's raw counts of one rollout. `seq` rises for the life of the task (epoch milliseconds of the interval's end). */
export interface TelemetryReport {
  readonly v: 1;
  readonly rollout: string;
  readonly seq: number;
  readonly intervalMs: number;
  readonly stable: VariantCounts;
  readonly canary: VariantCounts;
  /** Canary failures that the shield answered from stable, so that no client saw them. */
  readonly shielded: number;
  /**
   * Answers that Envoy added to its histograms between the two readings before: one interval late, since reading is what makes
   * it gather them. From the end of the request to the end of the answer, the shield's second attempt included. Absent when
   * there were none, and from agents that do not tell.
   */
  readonly latency?: { readonly stable: LatencyCounts; readonly canary: LatencyCounts };
}
