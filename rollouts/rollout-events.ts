/** What Weir tells the account's bus about a rollout, by the short name that policies use: the EventBridge detail type. */
export const rolloutEvents = {
  started: 'Rollout Started',
  weightShifted: 'Rollout Weight Shifted',
  paused: 'Rollout Paused',
  resumed: 'Rollout Resumed',
  /** A gate is closed: somebody has to approve or deny. */
  approvalNeeded: 'Rollout Approval Needed',
  promoted: 'Rollout Promoted',
  rolledBack: 'Rollout Rolled Back',
  superseded: 'Rollout Superseded',
  unrouted: 'Rollout Unrouted',
  failed: 'Rollout Failed',
  /** An alarm fired after the promotion: the service is on its way back. */
  regressed: 'Rollout Regressed',
} as const;

/** Short name of an event: what `on` of a notification lists. */
export type RolloutEventName = keyof typeof rolloutEvents;

/** Detail type of an event with `source: weir`. */
export type RolloutEvent = (typeof rolloutEvents)[RolloutEventName];

/** Every short name. */
export const rolloutEventNames = Object.keys(rolloutEvents) as readonly RolloutEventName[];

/** Short name of a detail type; `undefined` for one that is no event of a rollout. */
export function eventNameOf(detailType: string): RolloutEventName | undefined {
  return rolloutEventNames.find((name) => rolloutEvents[name] === detailType);
}
