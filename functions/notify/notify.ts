import * as v from 'valibot';
import type { Log, QueuedMessage } from '#aws/subscriber.ts';
import { type Notice, noticedRollout } from '#rollouts/notice.ts';
import { type Notification, wants } from '#rollouts/notification.ts';
import type { Rollouts } from '#rollouts/ports.ts';
import { eventNameOf } from '#rollouts/rollout-events.ts';
import { type Delivery, type DeliveryPorts, deliver, deliverySchema, UndeliverableError } from './delivery.ts';
import { retryDelay } from './retry-delay.ts';

/** What telling needs. */
export interface NotifyPorts extends DeliveryPorts {
  readonly rollouts: Pick<Rollouts, 'get'>;
  /** The queue this function reads. */
  readonly queue: {
    send(body: string): Promise<void>;
    /** Hides a message that was received for so many seconds. */
    defer(receipt: string, seconds: number): Promise<void>;
  };
  /** For people: what could not be told, and why. */
  readonly undelivered: { send(body: string, reason: string): Promise<void> };
  readonly log: Log;
}

const busEvent = v.object({ id: v.string(), 'detail-type': v.string(), time: v.string(), detail: noticedRollout });
const body = v.pipe(v.string(), v.parseJson(), v.union([busEvent, deliverySchema]));

/**
 * Tells of rollouts. An event of the bus becomes one message of the same queue for each receiver, so that one which is down
 * has nobody else told twice; a message that failed is tried again later and later, one that cannot succeed is laid aside at
 * once. Answers the ids of the messages to be received again.
 */
export const notify =
  (ports: NotifyPorts) =>
  async (messages: readonly QueuedMessage[]): Promise<readonly string[]> => {
    const results = await Promise.all(messages.map((message) => receive(ports, message)));
    return results.flatMap((id) => id ?? []);
  };

/** The message's id when it is to be received again. */
async function receive(ports: NotifyPorts, message: QueuedMessage): Promise<string | undefined> {
  try {
    const read = v.parse(body, message.body);
    await ('notice' in read ? tell(ports, read) : spread(ports, read));
    return undefined;
  } catch (error) {
    return failed(ports, message, error as Error).catch(() => message.id);
  }
}

async function failed({ queue, undelivered, log }: NotifyPorts, message: QueuedMessage, error: Error) {
  const { id, body: text, receipt, receives } = message;
  if (error instanceof UndeliverableError || error instanceof v.ValiError) {
    log.error('not told', { messageId: id, reason: error.message });
    await undelivered.send(text, error.message);
    return undefined;
  }
  const seconds = retryDelay(receives);
  log.warn('not told yet', { messageId: id, reason: error.message, receives, seconds });
  await queue.defer(receipt, seconds);
  return id;
}

async function spread({ rollouts, queue }: NotifyPorts, event: v.InferOutput<typeof busEvent>): Promise<void> {
  const name = eventNameOf(event['detail-type']);
  if (name === undefined) return;
  const notice: Notice = { id: event.id, event: name, at: event.time, rollout: event.detail };
  const targets = (await notificationsOf(rollouts, notice)).flatMap((one, target) =>
    wants(one, name) ? [target] : [],
  );
  await Promise.all(targets.map((target) => queue.send(JSON.stringify({ target, notice } satisfies Delivery))));
}

async function tell(ports: NotifyPorts, delivery: Delivery): Promise<void> {
  const { target, notice } = delivery;
  const to = (await notificationsOf(ports.rollouts, notice))[target];
  if (to === undefined)
    throw new UndeliverableError(`rollout ${notice.rollout.id} is forgotten, or has no such receiver`);
  const host = await deliver(ports, to, delivery);
  ports.log.info('told', { rollout: notice.rollout.id, event: notice.event, kind: to.kind, host });
}

/** As frozen in the rollout: the event does not carry them, because a chat's URL is a secret. */
async function notificationsOf(
  rollouts: NotifyPorts['rollouts'],
  { rollout }: Notice,
): Promise<readonly Notification[]> {
  return (await rollouts.get(rollout.id))?.policy.notifications ?? [];
}
