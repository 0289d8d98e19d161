import { describe, expect, test } from 'vitest';
import { EventPublisher } from '../../../local/ecs/event-publisher.ts';
import type { EventEntry } from '../../../local/ecs/events.ts';

function event(name: string): EventEntry {
  return { Source: 'aws.ecs', DetailType: name, Resources: [], Detail: '{}', Time: new Date(0) };
}

/** A sink that refuses its first `refusals` calls and remembers the batches of the others. */
function sink(refusals = 0) {
  const batches: string[][] = [];
  let left = refusals;
  return {
    batches,
    putEvents: async (entries: readonly EventEntry[]) => {
      if (left-- > 0) throw new Error('Throttled');
      batches.push(entries.map(({ DetailType }) => DetailType));
    },
  };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

describe('the event publisher', () => {
  test('sends everything in order, ten at a time', async () => {
    const bus = sink();
    const publisher = new EventPublisher(bus, () => {});
    publisher.publish(names(23).map(event));
    await publisher.flush(10_000);
    expect(bus.batches.map((batch) => batch.length)).toEqual([10, 10, 3]);
    expect(bus.batches.flat()).toEqual(names(23));
  });

  test('sends a refused batch again before anything later', async () => {
    const bus = sink(2);
    const publisher = new EventPublisher(bus, () => {});
    publisher.publish([event('first')]);
    publisher.publish([event('second')]);
    await publisher.flush(10_000);
    expect(bus.batches.flat()).toEqual(['first', 'second']);
  });

  test('gives up on a bus that refuses for good, says so, and goes on', async () => {
    const bus = sink(4);
    const said: string[] = [];
    const publisher = new EventPublisher(bus, (message) => void said.push(message));
    publisher.publish([event('lost')]);
    await publisher.flush(30_000);
    publisher.publish([event('sent')]);
    await publisher.flush(10_000);
    expect(said).toEqual(['ecs: gave up on 1 events: Error: Throttled']);
    expect(bus.batches).toEqual([['sent']]);
  });

  test('lets a test lose, repeat and delay events', async () => {
    const bus = sink();
    const filter = (entry: EventEntry) => {
      if (entry.DetailType === 'lost') return [];
      if (entry.DetailType === 'late') return [{ entry, delayMs: 20 }];
      return [{ entry }, { entry }];
    };
    const publisher = new EventPublisher(bus, () => {}, filter);
    publisher.publish([event('lost'), event('late'), event('twice')]);
    await expect.poll(() => bus.batches.flat()).toEqual(['twice', 'twice', 'late']);
  });

  test('holds nobody up longer than the limit when the bus hangs', async () => {
    const publisher = new EventPublisher({ putEvents: () => new Promise(() => {}) }, () => {});
    publisher.publish([event('stuck')]);
    await expect(publisher.flush(10)).resolves.toBeUndefined();
  });
});
