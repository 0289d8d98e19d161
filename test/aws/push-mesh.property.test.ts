import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resourcesHash, type Snapshot } from '#mesh/wire/snapshot.ts';
import { decide, replaces } from '../../proxy/agent/decide.ts';
import { PushWorld, resourcesOf, web } from '../support/push-world.ts';

const state = fc.nat({ max: 31 });
/** Which of all accesses die: few, so that most pushes get somewhere. */
const deaths = fc.uniqueArray(fc.nat({ max: 150 }), { maxLength: 3 });

const hashOf = (of: number) => resourcesHash(resourcesOf(of), []);

/** Writers that each store a state and push it, at once and in any interleaving; what died is pushed again, as the outbox does. */
async function writeAtOnce(s: fc.Scheduler, states: readonly number[], dying: readonly number[]): Promise<PushWorld> {
  let accesses = 0;
  let isQuiet = false;
  const world = new PushWorld(async (what) => {
    if (isQuiet) return;
    await s.schedule(Promise.resolve(), what);
    if (dying.includes(accesses++)) throw new Error('died');
  });
  const left: number[] = [];
  const writers = states.map(async (next, index) => {
    await s.schedule(Promise.resolve(), `write ${index}`);
    world.state = next;
    await world
      .publisher()
      .push([web])
      .catch(() => left.push(index));
  });
  await s.waitFor(Promise.all(writers));
  isQuiet = true;
  for (const _ of left) await world.publisher().push([web]);
  return world;
}

test('in every interleaving, the stored revision never goes down and the last one stored is the newest state', () =>
  fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(state, { minLength: 1, maxLength: 6 }),
      deaths,
      async (s, states, dying) => {
        const world = await writeAtOnce(s, states, dying);

        const revs = world.puts.map(({ rev }) => rev);
        const stored = world.stored(web)?.snapshot;
        expect(revs).toEqual([...revs].sort((a, b) => a - b));
        expect(stored?.hash).toBe(hashOf(world.state));
        expect(world.revision(web).rev).toBe(stored?.rev);
      },
    ),
    { numRuns: 300 },
  ));

test('a push answers a revision that carries the state it was called for, or a newer one', () =>
  fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(state, { minLength: 1, maxLength: 5 }), async (s, states) => {
      const world = new PushWorld((what) => s.schedule(Promise.resolve(), what).then(() => undefined));
      const order: number[] = [];
      const writers = states.map(async (next, index) => {
        await s.schedule(Promise.resolve(), `write ${index}`);
        world.state = next;
        const written = order.push(next) - 1;
        const [pushed] = await world.publisher().push([web]);
        return { written, rev: pushed?.rev ?? 0 };
      });
      const answers = await s.waitFor(Promise.all(writers));

      const hashes = new Map(world.puts.map(({ rev, hash }) => [rev, hash]));
      for (const { written, rev } of answers) expect(order.slice(written).map(hashOf)).toContain(hashes.get(rev));
    }),
    { numRuns: 200 },
  ));

test('an agent ends with the newest state whatever news are lost, repeated or out of order', () =>
  fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(state, { minLength: 1, maxLength: 6 }),
      deaths,
      fc.array(fc.nat({ max: 40 }), { maxLength: 30 }),
      async (s, states, dying, deliveries) => {
        const world = await writeAtOnce(s, states, dying);
        let held: Snapshot | undefined;
        const read = () => {
          const stored = world.stored(web)?.snapshot;
          if (stored !== undefined && replaces(stored, held, held?.rev ?? 0)) held = stored;
        };
        for (const index of deliveries) {
          const { news } = world.news[index % Math.max(1, world.news.length)] ?? {};
          const decision = news === undefined ? undefined : decide(held, news);
          if (decision?.kind === 'apply') held = decision.snapshot;
          if (decision?.kind === 'fetch') read();
          if (held !== undefined) expect(held.hash).toBe(resourcesHash(held.resources, held.telemetry));
        }
        if (world.revision(web).rev !== held?.rev) read();

        expect(held?.hash).toBe(hashOf(world.state));
      },
    ),
    { numRuns: 300 },
  ));

test('an agent that hears every news in order never needs to read again after the first', () =>
  fc.assert(
    fc.asyncProperty(fc.array(state, { minLength: 2, maxLength: 8 }), async (states) => {
      const world = new PushWorld();
      const first = states[0] ?? 0;
      world.state = first;
      await world.publisher().push([web]);
      let held: Snapshot | undefined = world.stored(web)?.snapshot;
      for (const next of states.slice(1)) {
        world.state = next;
        await world.publisher().push([web]);
      }
      for (const { news } of world.news.slice(1)) {
        const decision = decide(held, news);
        expect(decision.kind).toBe('apply');
        if (decision.kind === 'apply') held = decision.snapshot;
      }

      expect(held?.hash).toBe(hashOf(world.state));
    }),
  ));
