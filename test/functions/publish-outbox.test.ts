import { expect, test } from 'vitest';
import type { OutboxEntry } from '#aws/outbox.ts';
import { publishOutbox } from '../../functions/publish-outbox/publish-outbox.ts';

const key = { pk: 'OUTBOX#111122223333#shop', sk: 'change-1' };
const entry: OutboxEntry = {
  owner: '111122223333',
  mesh: 'shop',
  id: 'change-1',
  at: 10_000,
  changes: [{ kind: 'virtualNode', owner: '111122223333', mesh: 'shop', name: 'orders' }],
};

/** An outbox whose entry somebody else publishes `takenAt`, if at all. */
function outboxAt(start: number, takenAt = Number.POSITIVE_INFINITY) {
  let now = start;
  const published: string[] = [];
  const run = publishOutbox({
    outbox: { get: async () => (now >= takenAt ? undefined : entry) },
    publisher: { publishAll: async (_owner, _mesh, id) => void published.push(`${id} at ${now}`) },
    now: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
  });
  return { run, published, elapsed: () => now - start };
}

test('a change that nobody published within a second is published', async () => {
  const { run, published } = outboxAt(10_200);
  await run(key);

  expect(published).toEqual(['change-1 at 11000']);
});

test('a change that its own function published meanwhile is left alone', async () => {
  const { run, published } = outboxAt(10_200, 10_400);
  await run(key);

  expect(published).toEqual([]);
});

test('a change from long ago is published at once', async () => {
  const { run, published, elapsed } = outboxAt(99_000);
  await run(key);

  expect([published, elapsed()]).toEqual([['change-1 at 99000'], 0]);
});

test('a clock that is behind the writer’s delays no longer than the head start', async () => {
  const { run, elapsed } = outboxAt(1000);
  await run(key);

  expect(elapsed()).toBe(1000);
});
