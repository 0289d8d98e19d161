import * as v from 'valibot';
import { type RolloutEventName, rolloutEventNames } from './rollout-events.ts';

/** What a message is written for: a program (`webhook`), a Slack channel, a Teams channel (by a Workflows URL). */
export const notificationKinds = ['webhook', 'slack', 'teams'] as const;

export type NotificationKind = (typeof notificationKinds)[number];

/** Somebody to be told of a mesh's rollouts. At least one of `url` and `secretArn` is there; a webhook has the latter. */
export interface Notification {
  readonly kind: NotificationKind;
  /** Where to, `https` only. Leave it to the secret where the URL is one itself, as Slack's and Teams' are. */
  readonly url?: string;
  /** A secret of Secrets Manager named `weir/…`: JSON `{ "url"?, "signingKey"? }`. Its URL wins over `url`. */
  readonly secretArn?: string;
  /** The events to tell; {@link defaultEvents} without it. */
  readonly on?: readonly RolloutEventName[];
}

/** What is told unless a policy says otherwise: the outcomes, and what waits for a person. */
export const defaultEvents: readonly RolloutEventName[] = [
  'approvalNeeded',
  'promoted',
  'rolledBack',
  'failed',
  'regressed',
];

/** A bound on the messages that one event can cause. */
const MOST_NOTIFICATIONS = 10;
/** Longest URL that is taken: what Slack, Teams and common proxies take, with room. */
const LONGEST_URL = 2048;

const httpsUrl = v.pipe(
  v.string(),
  v.maxLength(LONGEST_URL, `is longer than ${LONGEST_URL} characters`),
  v.check((text) => URL.parse(text)?.protocol === 'https:', 'is no https URL'),
  v.check((text) => (URL.parse(text)?.username ?? '') === '', 'must not hold a user name: use the secret'),
);

const secretArn = v.pipe(
  v.string(),
  v.regex(
    /^arn:[^:]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:weir\/.+$/,
    'is no ARN of a secret named weir/…: Weir may read no other',
  ),
);

const notification = v.pipe(
  v.strictObject({
    kind: v.picklist(notificationKinds),
    url: v.optional(httpsUrl),
    secretArn: v.optional(secretArn),
    on: v.optional(v.pipe(v.array(v.picklist(rolloutEventNames)), v.minLength(1, 'names no event'))),
  }),
  v.check(({ url, secretArn }) => url !== undefined || secretArn !== undefined, 'needs url or secretArn'),
  v.forward(
    v.check(
      ({ kind, secretArn }) => kind !== 'webhook' || secretArn !== undefined,
      'is missing: a webhook is signed with the signingKey of a secret',
    ),
    ['secretArn'],
  ),
);

/** A policy's `notifications`. */
export const notificationsSchema = v.pipe(
  v.array(notification),
  v.maxLength(MOST_NOTIFICATIONS, `has at most ${MOST_NOTIFICATIONS} entries`),
);

/** Whether somebody is to be told of an event. */
export function wants({ on = defaultEvents }: Pick<Notification, 'on'>, event: RolloutEventName): boolean {
  return on.includes(event);
}
