import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Announcer } from '#rollouts/ports.ts';
import { rolloutView } from '#rollouts/rollout-view.ts';
import type { Log } from './subscriber.ts';

/** What an Envoy would not take, in its own words. */
export interface Refusal {
  readonly proxy: ProxyId;
  readonly task: string;
  readonly rev: number;
  /** Type of the resource, as Envoy names it. */
  readonly type: string;
  readonly text: string;
}

/** Tells the bus of refusals; one it does not take is logged and let go. */
export type AnnounceRefusal = (refusal: Refusal) => Promise<void>;

interface Entry {
  readonly DetailType: string;
  readonly Resources: string[];
  readonly Detail: string;
}

/**
 * The account's default bus; source `weir`, detail is the rollout as the Weir API shows it, without evidence. An announcement
 * that the bus does not take (after the SDK's own retries) is logged and let go: no release is rolled back for it.
 */
export function announcer(client: EventBridgeClient, log: Pick<Log, 'error'>): Announcer {
  return {
    async announce(what, rollout) {
      const entry = { DetailType: what, Resources: [rollout.service], Detail: JSON.stringify(rolloutView(rollout)) };
      await put(client, entry).catch((error: Error) =>
        log.error('not announced', { announcement: what, rollout: rollout.id, error }),
      );
    },
  };
}

/** The same bus, detail by docs/events/refusal.schema.json. */
export function refusalAnnouncer(client: EventBridgeClient, log: Pick<Log, 'error'>): AnnounceRefusal {
  return async ({ proxy: { mesh, kind, name }, task, ...refused }) => {
    const Detail = JSON.stringify({ mesh, kind, name, task, ...refused });
    await put(client, { DetailType: 'Configuration Refused', Resources: [], Detail }).catch((error: Error) =>
      log.error('not announced', { announcement: 'Configuration Refused', task, error }),
    );
  };
}

async function put(client: EventBridgeClient, entry: Entry): Promise<void> {
  const answer = await client.send(new PutEventsCommand({ Entries: [{ Source: 'weir', ...entry }] }));
  const [result] = answer.Entries ?? [];
  if (result?.ErrorCode !== undefined) throw new Error(`${result.ErrorCode}: ${result.ErrorMessage ?? 'no message'}`);
}
