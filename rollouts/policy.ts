import * as v from 'valibot';
import { issueText } from './issue-text.ts';
import type { Policy } from './types.ts';

/**
 * What a mesh rolls out with until it says otherwise: 5, 25, 50 and 100 percent, minutes each. Error level, baseline, report
 * interval and over-dispersion window are those of the simulations in `docs/adr/0060-judge.md`; 5 s and 30 s for silent
 * sidecars leave room for a cold Lambda on the way of an acknowledgement. No guard rail: nobody but the user knows one.
 */
export const defaultPolicy: Policy = {
  steps: [
    { weight: 5, seconds: 300 },
    { weight: 25, seconds: 300 },
    { weight: 50, seconds: 300 },
    { weight: 100, seconds: 60 },
  ],
  baselineSeconds: 300,
  bakeSeconds: 300,
  alpha: 0.01,
  shield: 'safe-methods',
  reportEveryMs: 1000,
  scaleUpSeconds: 1800,
  resendSeconds: 5,
  ackSeconds: 30,
  rollbackAckSeconds: 5,
  alarms: [],
};

/** The fewest baseline intervals the judge takes for the over-dispersion of errors. */
export const MIN_BASELINE_INTERVALS = 15;

/** ECS keeps a deployment for 30 days at most; no wait of ours can be longer. */
const MAX_SECONDS = 30 * 24 * 3600;

const seconds = v.pipe(v.number(), v.integer('is whole seconds'), v.minValue(1), v.maxValue(MAX_SECONDS));
const weight = v.pipe(
  v.number(),
  v.gtValue(0, 'is a percentage above 0'),
  v.maxValue(100, 'is a percentage of at most 100'),
  v.check((percent) => Math.abs(percent * 100 - Math.round(percent * 100)) < 1e-9, 'has at most two decimals'),
);

const steps = v.pipe(
  v.array(v.strictObject({ weight, seconds })),
  v.minLength(1, 'needs at least one step'),
  v.maxLength(100, 'has at most 100 steps'),
  v.check(
    (list) => list.every((step, i) => i === 0 || step.weight > (list[i - 1]?.weight ?? 0)),
    'must rise from step to step',
  ),
  v.check((list) => list.at(-1)?.weight === 100, 'must end at 100: Weir bakes there before it lets ECS go on'),
);

const Entries = {
  steps,
  baselineSeconds: seconds,
  bakeSeconds: seconds,
  alpha: v.pipe(v.number(), v.minValue(1e-9), v.maxValue(0.1, 'above 0.1 a healthy canary would fail too often')),
  threshold: v.strictObject({
    failurePercent: v.pipe(v.number(), v.gtValue(0), v.maxValue(100)),
    minRequests: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
  shield: v.picklist(['safe-methods', 'off']),
  reportEveryMs: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(60_000)),
  scaleUpSeconds: seconds,
  resendSeconds: seconds,
  ackSeconds: seconds,
  rollbackAckSeconds: seconds,
  alarms: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(255))), v.maxLength(100)),
};

const PolicySchema = v.pipe(
  v.strictObject({ ...Entries, threshold: v.optional(Entries.threshold) }),
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

/** What a client may send: any part of a policy; `threshold: null` takes the guard rail away. */
const PatchSchema = v.partial(v.strictObject({ ...Entries, threshold: v.nullable(Entries.threshold) }));

/** A policy that cannot be: `path` is where (`steps[2].weight`), the message why. */
export class InvalidPolicyError extends Error {
  override readonly name = 'InvalidPolicy';
  readonly path: string;

  constructor(path: string, why: string) {
    super(path === '' ? why : `${path} ${why}`);
    this.path = path;
  }
}

/**
 * A policy with a client's part laid over it (whole lists and objects replace, nothing is merged inside them).
 * @throws {InvalidPolicyError} at the first part that cannot be.
 */
export function mergePolicy(base: Policy, patch: unknown): Policy {
  const { threshold, ...rest } = parse(PatchSchema, patch);
  const { threshold: present, ...others } = base;
  const rail = threshold === undefined ? present : threshold;
  return parse(PolicySchema, { ...others, ...rest, ...(rail ? { threshold: rail } : {}) }) as Policy;
}

function parse<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new InvalidPolicyError(pathOf(issue), issueText(issue));
}

function pathOf(issue: v.GenericIssue): string {
  let text = '';
  for (const { key } of issue.path ?? []) text += typeof key === 'number' ? `[${key}]` : `${text && '.'}${String(key)}`;
  return text;
}
