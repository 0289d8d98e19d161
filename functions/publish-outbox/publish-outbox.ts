import type { Key } from '#aws/keys.ts';
import type { Outbox } from '#aws/outbox.ts';
import type { MeshPublisher } from '#aws/push-mesh.ts';
import type { Clock } from '#rollouts/ports.ts';

/** What a change that waits in the outbox touches. */
export interface PublishOutboxPorts {
  readonly outbox: Pick<Outbox, 'get'>;
  readonly publisher: Pick<MeshPublisher, 'publishAll'>;
  readonly now: Clock;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** The function that made a change publishes it itself; it is given this long. */
const HEAD_START_MS = 1000;

/** Publishes a stored change if nobody has by a second after it was made. */
export const publishOutbox =
  ({ outbox, publisher, now, sleep }: PublishOutboxPorts) =>
  async (key: Key): Promise<void> => {
    const entry = await outbox.get(key);
    if (entry === undefined) return;
    const left = entry.at + HEAD_START_MS - now();
    if (left > 0) {
      await sleep(Math.min(left, HEAD_START_MS));
      if ((await outbox.get(key)) === undefined) return;
    }
    await publisher.publishAll(entry.owner, entry.mesh, entry.id, entry.changes);
  };
