import * as v from 'valibot';

/** What the table can hold: a number beyond it would come back from the queue until it ends among the unhandled. */
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const shortText = v.pipe(v.string(), v.maxLength(256));
/** Envoy's refusal text can run to pages; the start says what is wrong. */
const MOST_TEXT = 2000;
const cutText = v.pipe(
  v.string(),
  v.transform((text) => text.slice(0, MOST_TEXT)),
);
/** One sentence, of which a sidecar has one for each certificate at most: an item of the table holds 400 KB. */
const problemText = v.pipe(
  v.string(),
  v.transform((text) => text.slice(0, 500)),
);
const MOST_PROBLEMS = 100;

/** mesh/wire's ProxyReport, version 1; unknown fields are dropped. */
export const proxyReport = v.object({
  v: v.literal(1),
  protocol: v.tuple([count, count]),
  agent: shortText,
  envoy: shortText,
  rev: count,
  hash: shortText,
  rejected: v.optional(
    v.object({
      rev: count,
      type: shortText,
      text: cutText,
    }),
  ),
  problems: v.optional(v.pipe(v.array(problemText), v.maxLength(MOST_PROBLEMS))),
  ready: v.boolean(),
  appliedAt: count,
  at: count,
});

const variant = v.pipe(
  v.object({ requests: count, failures: count }),
  v.check(({ requests, failures }) => failures <= requests, 'more failures than requests'),
);

/** More than the buckets of two significant digits between 1 ms and 6 h, Envoy's longest. */
const MOST_BUCKETS = 1000;
const latencies = v.pipe(
  v.array(v.pipe(v.tuple([v.pipe(v.number(), v.minValue(0)), count]))),
  v.maxLength(MOST_BUCKETS),
);

/** mesh/wire's TelemetryReport, version 1; unknown fields are dropped. */
export const telemetryReport = v.object({
  v: v.literal(1),
  rollout: v.pipe(v.string(), v.regex(/^(dep|route)-[A-Za-z0-9_-]{1,64}$/, 'is not a rollout id')),
  seq: count,
  intervalMs: v.pipe(count, v.minValue(1)),
  stable: variant,
  canary: variant,
  shielded: count,
  latency: v.exactOptional(v.object({ stable: latencies, canary: latencies })),
});
