import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Announcer } from '#rollouts/ports.ts';
import { rolloutView } from '#rollouts/rollout-view.ts';
import type { Log } from './subscriber.ts';

/**
 * The account's default bus; source `weir`, detail is the rollout as the Weir API shows it, without evidence. An announcement
 * that the bus does not take (after the SDK's own retries) is logged and let go: no release is rolled back for it.
 */
export function announcer(client: EventBridgeClient, log: Pick<Log, 'error'>): Announcer {
  return {
    async announce(what, rollout) {
      const Detail = JSON.stringify(rolloutView(rollout));
      const Entries = [{ Source: 'weir', DetailType: what, Resources: [rollout.service], Detail }];
      try {
        const answer = await client.send(new PutEventsCommand({ Entries }));
        const [entry] = answer.Entries ?? [];
        if (entry?.ErrorCode !== undefined)
          throw new Error(`${entry.ErrorCode}: ${entry.ErrorMessage ?? 'no message'}`);
      } catch (error) {
        log.error('not announced', { announcement: what, rollout: rollout.id, error: error as Error });
      }
    },
  };
}
