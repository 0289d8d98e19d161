import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Announcer } from '#rollouts/ports.ts';
import { rolloutView } from '#rollouts/rollout-view.ts';

/** An event that the bus did not take: the announcement can be repeated. */
export class AnnouncementFailedError extends Error {
  override readonly name = 'AnnouncementFailed';
}

/** The account's default bus; source `weir`, detail is the rollout as the Weir API shows it, without evidence. */
export function announcer(client: EventBridgeClient): Announcer {
  return {
    async announce(what, rollout) {
      const Entries = [
        {
          Source: 'weir',
          DetailType: what,
          Resources: [rollout.service],
          Detail: JSON.stringify(rolloutView(rollout)),
        },
      ];
      const answer = await client.send(new PutEventsCommand({ Entries }));
      const [entry] = answer.Entries ?? [];
      if (entry?.ErrorCode !== undefined)
        throw new AnnouncementFailedError(
          `"${what}" of rollout ${rollout.id}: ${entry.ErrorCode} ${entry.ErrorMessage ?? ''}`,
        );
    },
  };
}
