import * as v from 'valibot';

/** ECS's `PAUSE` hook waits 14 days at most (20160 minutes, ECS API reference, DeploymentLifecycleHook): no longer can we. */
export const MAX_HOLD_SECONDS = 14 * 24 * 3600;

/** Most approvers that a gate names: a bound on the policy's size. */
const MOST_APPROVERS = 50;

/** An ARN of somebody who can sign a request, with `*` and `?`: groups, policies and services cannot. */
const PRINCIPAL = /^(\*|arn:[a-z*-]+:(iam|sts)::(\d{12}|\*):(\*|root|(user|role|assumed-role|federated-user)\/.+))$/;

const approver = v.pipe(
  v.string(),
  v.regex(
    PRINCIPAL,
    'names nobody who could approve: give the ARN of a user, role or assumed role, with * and ? as in IAM',
  ),
  v.check(
    (pattern) => !/:role\/.+\/[^/]*[*?]/.test(pattern),
    'has a path before a wildcard: a caller shows the name of its role, not the path',
  ),
);

/** A gate of a policy. */
export const gateSchema = v.strictObject({
  expirySeconds: v.pipe(
    v.number(),
    v.integer('is whole seconds'),
    v.minValue(1),
    v.maxValue(MAX_HOLD_SECONDS, 'is longer than the 14 days that ECS holds a deployment'),
  ),
  onExpiry: v.optional(v.picklist(['approve', 'deny'])),
  approvers: v.optional(
    v.pipe(
      v.array(approver),
      v.minLength(1, 'is empty: nobody could open the gate'),
      v.maxLength(MOST_APPROVERS, `has at most ${MOST_APPROVERS} entries`),
    ),
  ),
});
