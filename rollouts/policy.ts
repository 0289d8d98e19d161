import * as v from 'valibot';
import { issueText } from './issue-text.ts';
import { optionalParts, patchSchema, policySchema } from './policy-schema.ts';
import type { Policy } from './types.ts';

/**
 * What a mesh rolls out with until it says otherwise: 5, 25, 50 and 100 percent, minutes each. Error level, baseline, report
 * interval and over-dispersion window are those of the simulations in `docs/adr/0060-judge.md`; 5 s and 30 s for silent
 * sidecars leave room for a cold Lambda on the way of an acknowledgement. No guard rail: nobody but the user knows one. What is
 * inconclusive waits for a person, as in Argo Rollouts.
 */
export const defaultPolicy: Policy = {
  strategy: 'canary',
  steps: [
    { weight: 5, seconds: 300 },
    { weight: 25, seconds: 300 },
    { weight: 50, seconds: 300 },
    { weight: 100, seconds: 60 },
  ],
  gates: {},
  baselineSeconds: 300,
  bakeSeconds: 300,
  watchSeconds: 1800,
  alpha: 0.01,
  onInconclusive: 'pause',
  shield: 'safe-methods',
  reportEveryMs: 1000,
  scaleUpSeconds: 1800,
  resendSeconds: 5,
  ackSeconds: 30,
  rollbackAckSeconds: 5,
  alarms: [],
  windows: [],
  freezes: [],
  notifications: [],
  dryRun: false,
};

/** A policy that cannot be: `path` is where (`steps[2].weight`), the message why. */
export class InvalidPolicyError extends Error {
  override readonly name = 'InvalidPolicy';
  readonly path: string;
  readonly why: string;

  constructor(path: string, why: string) {
    super(path === '' ? why : `${path} ${why}`);
    this.path = path;
    this.why = why;
  }
}

/**
 * A client's part of a policy, as it may be stored; nothing is checked that only the whole can tell.
 * @throws {InvalidPolicyError} at the first part that cannot be.
 */
export function policyPatch(patch: unknown): PolicyPatch {
  return parse(patchSchema, patch) as PolicyPatch;
}

/** Any part of a policy; `null` takes away a part that a policy may do without. */
export type PolicyPatch = { readonly [K in keyof Policy]?: Policy[K] | null };

/**
 * A policy with a client's part laid over it (whole lists and objects replace, nothing is merged inside them).
 * @throws {InvalidPolicyError} at the first part that cannot be.
 */
export function mergePolicy(base: Policy, patch: unknown): Policy {
  const merged = { ...base, ...policyPatch(patch) };
  const gone = new Set<string>(optionalParts.filter((name) => merged[name] === null));
  return parse(policySchema, Object.fromEntries(Object.entries(merged).filter(([name]) => !gone.has(name)))) as Policy;
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
