import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newsOf } from '#aws/news.ts';
import { type News, resourcesHash, type Snapshot, type WireResources } from '#mesh/wire/snapshot.ts';
import { decide, replaces } from '../../proxy/agent/decide.ts';

const T = 'type.googleapis.com/t';
const named = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', '3'), { noNullPrototype: true });

function snapshot(rev: number, versions: Record<string, string>): Snapshot {
  const entries = Object.entries(versions).map(([name, version]) => [
    name,
    { version, body: Buffer.from(version).toString('base64') },
  ]);
  const resources: WireResources = entries.length === 0 ? {} : { [T]: Object.fromEntries(entries) };
  return { v: 1, proxy: 'p', rev, hash: resourcesHash(resources, []), resources, telemetry: [], appPorts: [] };
}

const pointer = ({ rev, hash }: Snapshot, resend = false): News => ({ v: 1, kind: 'pointer', rev, hash, resend });

/** What an agent ends up with that gets `news` while the store holds `stored`. */
function follow(start: Snapshot | undefined, news: readonly News[], stored: Snapshot): Snapshot | undefined {
  let held = start;
  for (const message of news) {
    const decision = decide(held, message);
    if (decision.kind === 'apply') held = decision.snapshot;
    if (decision.kind === 'fetch' && replaces(stored, held, held?.rev ?? 0)) held = stored;
  }
  return held;
}

describe('news', () => {
  test('that cannot be unpacked are answered by reading the snapshot', () => {
    const [from, to] = [snapshot(1, { a: '1' }), snapshot(2, { a: '2' })];
    const news = newsOf(from, to);
    const broken = { ...news, changed: { [T]: { a: { version: '2', body: 'bm90IGRlZmxhdGVk' } } } } as News;
    expect(decide(from, broken)).toEqual({ kind: 'fetch' });
  });

  test('in order lead from any state to the last, each delta without a read', () => {
    fc.assert(
      fc.property(fc.array(named, { minLength: 2, maxLength: 8 }), (states) => {
        const all = states.map((versions, i) => snapshot(i + 1, versions));
        let held = all[0];
        for (const next of all.slice(1)) {
          const decision = decide(held, newsOf(held ?? next, next));
          expect(decision).toEqual({ kind: 'apply', snapshot: next });
          held = next;
        }
      }),
    );
  });

  test('lost, repeated and out of order never lead back, and any news of the last state leads to it', () => {
    const scenario = fc.array(named, { minLength: 1, maxLength: 6 }).chain((states) => {
      const all = states.map((versions, i) => snapshot(i + 1, versions));
      const news = all.flatMap((to, i) => [pointer(to), ...(i > 0 ? [newsOf(all[i - 1] ?? to, to)] : [])]);
      return fc.tuple(fc.constant(all), fc.array(fc.constantFrom(...news), { maxLength: 12 }));
    });
    fc.assert(
      fc.property(scenario, ([all, news]) => {
        const last = all[all.length - 1] ?? snapshot(0, {});
        expect(follow(undefined, [...news, pointer(last)], last)).toEqual(last);
        const revs = news.map((_, i) => follow(undefined, news.slice(0, i + 1), last)?.rev ?? 0);
        expect(revs).toEqual([...revs].sort((a, b) => a - b));
      }),
    );
  });

  test('whose hash does not come out right are answered by reading the snapshot', () => {
    const [from, to] = [snapshot(1, { a: '1' }), snapshot(2, { a: '2' })];
    expect(decide(from, { ...newsOf(from, to), hash: 'other' })).toEqual({ kind: 'fetch' });
  });

  test('of a state already held are answered by a report only when one is asked for', () => {
    const held = snapshot(3, {});
    expect(decide(held, pointer(held))).toEqual({ kind: 'drop' });
    expect(decide(held, pointer(held, true))).toEqual({ kind: 'report' });
  });

  test('in a protocol version that this agent does not read change nothing', () => {
    const news = { ...pointer(snapshot(9, {})), v: 2 } as unknown as News;
    expect(decide(snapshot(1, {}), news)).toEqual({ kind: 'unsupported', v: 2 });
  });
});

describe('a snapshot read', () => {
  test('that was overtaken while it was read is not taken', () => {
    expect(replaces(snapshot(6, {}), snapshot(7, { a: '1' }), 5)).toBe(false);
  });

  test('lower than what was held before the read is a control plane that started afresh', () => {
    expect(replaces(snapshot(1, { a: '1' }), snapshot(7, {}), 7)).toBe(true);
  });
});
