import * as v from 'valibot';
import { gateSchema, MAX_HOLD_SECONDS } from './gate-schema.ts';
import { notificationsSchema } from './notification.ts';
import { abTestSchema, linearSchema, mirrorSchema, percent, requests, seconds, stepsSchema } from './step-schema.ts';
import { freezesSchema, windowsSchema } from './window-schema.ts';

/** The fewest baseline intervals the judge takes for the over-dispersion of errors. */
export const MIN_BASELINE_INTERVALS = 15;
/** The shortest baseline, in seconds: errors come in bursts (docs/adr/0060-judge.md). */
export const MIN_BASELINE_SECONDS = 15;

const MOST_ALARMS = 100;
/** Longest name of a CloudWatch alarm (API reference, PutMetricAlarm). */
const LONGEST_ALARM = 255;

/** Parts that every policy has. */
const required = {
  strategy: v.picklist(['canary', 'linear', 'blueGreen', 'abTest', 'mirror', 'off']),
  steps: stepsSchema,
  gates: v.strictObject({ start: v.optional(gateSchema), promotion: v.optional(gateSchema) }),
  baselineSeconds: v.pipe(
    seconds,
    v.minValue(MIN_BASELINE_SECONDS, `must be at least ${MIN_BASELINE_SECONDS} s: errors come in bursts`),
  ),
  bakeSeconds: seconds,
  watchSeconds: v.union([v.literal(0), seconds]),
  alpha: v.pipe(v.number(), v.minValue(1e-9), v.maxValue(0.1, 'above 0.1 a healthy canary would fail too often')),
  onInconclusive: v.picklist(['extend', 'pause', 'promote', 'rollback']),
  shield: v.picklist(['safe-methods', 'off']),
  reportEveryMs: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(60_000)),
  scaleUpSeconds: seconds,
  resendSeconds: seconds,
  ackSeconds: seconds,
  rollbackAckSeconds: seconds,
  alarms: v.pipe(
    v.array(v.pipe(v.string(), v.minLength(1, 'is empty'), v.maxLength(LONGEST_ALARM))),
    v.maxLength(MOST_ALARMS, `has at most ${MOST_ALARMS} entries`),
  ),
  windows: windowsSchema,
  freezes: freezesSchema,
  notifications: notificationsSchema,
  dryRun: v.boolean(),
};

/** Parts that a policy may do without; `null` in a client's part takes them away. */
const optional = {
  linear: linearSchema,
  abTest: abTestSchema,
  mirror: mirrorSchema,
  threshold: v.strictObject({ failurePercent: percent, minRequests: requests }),
  successObjectivePercent: v.pipe(
    v.number(),
    v.gtValue(0, 'is a percentage above 0'),
    v.ltValue(100, 'is a percentage below 100: no service keeps to 100'),
  ),
  latency: v.strictObject({
    objectiveMs: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(60_000))),
    percentile: v.optional(v.literal(95)),
    warmUpAnswers: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))),
  }),
  confidence: v.strictObject({ marginPercent: percent }),
  alarmWaitSeconds: v.pipe(seconds, v.maxValue(MAX_HOLD_SECONDS, 'is longer than ECS holds a deployment')),
  concurrency: v.strictObject({ maxRollouts: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)) }),
};

/** Names of the parts that a policy may do without. */
export const optionalParts = Object.keys(optional) as readonly (keyof typeof optional)[];

const own = { linear: 'linear', abTest: 'abTest', mirror: 'mirror' } as const;

/** A whole policy: what rollouts are frozen with, and what is checked after a client's part was laid over the default. */
export const policySchema = v.pipe(
  v.strictObject({ ...required, ...v.partial(v.object(optional)).entries }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { strategy } = dataset.value;
    if (strategy !== own.linear && strategy !== own.abTest && strategy !== own.mirror) return;
    if (dataset.value[strategy] !== undefined) return;
    const message = `is missing: strategy ${strategy} needs it`;
    const { value: input } = dataset;
    addIssue({ message, path: [{ type: 'object', origin: 'value', input, key: strategy, value: undefined }] });
  }),
  v.forward(
    v.check(
      (policy) => policy.baselineSeconds * 1000 >= MIN_BASELINE_INTERVALS * policy.reportEveryMs,
      `must hold at least ${MIN_BASELINE_INTERVALS} intervals of reportEveryMs: the judge needs them`,
    ),
    ['baselineSeconds'],
  ),
  v.forward(
    v.check((policy) => policy.ackSeconds > policy.resendSeconds, 'must be above resendSeconds'),
    ['ackSeconds'],
  ),
);

/** What a client may send: any part of a policy. */
export const patchSchema = v.strictObject({
  ...v.partial(v.object(required)).entries,
  linear: orNone(optional.linear),
  abTest: orNone(optional.abTest),
  mirror: orNone(optional.mirror),
  threshold: orNone(optional.threshold),
  successObjectivePercent: orNone(optional.successObjectivePercent),
  latency: orNone(optional.latency),
  confidence: orNone(optional.confidence),
  alarmWaitSeconds: orNone(optional.alarmWaitSeconds),
  concurrency: orNone(optional.concurrency),
});

function orNone<S extends v.GenericSchema>(schema: S) {
  return v.optional(v.nullable(schema));
}
