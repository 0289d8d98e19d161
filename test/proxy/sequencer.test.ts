import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Resources } from '../../proxy/agent/resources.ts';
import type { Target } from '../../proxy/agent/sequencer.ts';
import { CLUSTER, ENDPOINTS, LISTENER, VIRTUAL_HOST } from '../../proxy/agent/xds-type.ts';
import { ModelEnvoy } from './model-envoy.ts';
import { snapshotOf } from './shop-mesh.ts';

/** virtual host → the cluster it routes to, and versions of clusters. */
interface Shape {
  readonly clusters: Readonly<Record<string, string>>;
  readonly routes: Readonly<Record<string, string>>;
}

let revs = 0;

function target({ clusters, routes }: Shape): Target {
  const of = (entries: [string, string][], body: (name: string) => string) =>
    new Map(entries.map(([name, version]) => [name, { version, body: Buffer.from(body(name)) }]));
  const versions = Object.entries(clusters);
  const resources: Resources = new Map([
    [CLUSTER, of(versions, () => '')],
    [ENDPOINTS, of(versions, () => '')],
    [LISTENER, of([['l', 'l1']], () => '')],
    [
      VIRTUAL_HOST,
      of(
        Object.entries(routes).map(([name, to]) => [name, `${name}>${to}`]),
        (name) => routes[name] ?? '',
      ),
    ],
  ]);
  return { snapshot: snapshotOf(++revs, {}), resources };
}

const names = ['c1', 'c2', 'c3'] as const;
const versions = fc.constantFrom('1', '2');
const subset = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 });
const valid = subset.chain((clusters) =>
  fc.record({
    clusters: fc
      .tuple(...clusters.map(() => versions))
      .map((all) => Object.fromEntries(clusters.map((c, i) => [c, all[i] ?? '1']))),
    routes: fc.dictionary(fc.constantFrom('v1', 'v2'), fc.constantFrom(...clusters), { noNullPrototype: true }),
  }),
);
const invalid = valid.chain((shape) =>
  fc.constantFrom<Shape>(
    { ...shape, routes: { ...shape.routes, v2: 'ghost' } },
    { ...shape, clusters: { ...shape.clusters, c3: 'bad' } },
    { ...shape, clusters: { ...shape.clusters, c4: 'bad' } },
  ),
);
type Action = { readonly do: 'apply'; readonly shape: Shape } | { readonly do: 'step' | 'wait' | 'restart' };
const simple = (what: 'step' | 'wait' | 'restart') => fc.constant<Action>({ do: what });
const apply = (shape: fc.Arbitrary<Shape>) => shape.map((found): Action => ({ do: 'apply', shape: found }));
const actions = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: simple('step') },
    { weight: 3, arbitrary: apply(valid) },
    { weight: 1, arbitrary: apply(invalid) },
    { weight: 1, arbitrary: simple('wait') },
    { weight: 1, arbitrary: simple('restart') },
  ),
  { maxLength: 40 },
);

/** Lets Envoy answer everything, and timers run out, until nothing happens any more. */
function settle(envoy: ModelEnvoy, check: () => void): void {
  for (let round = 0; round < 6; round++) {
    while (envoy.step()) check();
    vi.advanceTimersByTime(6_000);
  }
}

function perform(envoy: ModelEnvoy, action: Action): void {
  if (action.do === 'apply') envoy.apply(target(action.shape));
  else if (action.do === 'step') envoy.step();
  else if (action.do === 'wait') vi.advanceTimersByTime(1_500);
  else envoy.restartAgent();
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the way from one state to the next', () => {
  test('never routes to a missing cluster, and ends at the last valid target, whatever cuts in', () => {
    fc.assert(
      fc.property(actions, valid, (before, last) => {
        const envoy = new ModelEnvoy();
        const check = () => expect(envoy.broken()).toEqual([]);
        for (const action of before) {
          perform(envoy, action);
          check();
        }
        const goal = target(last);
        envoy.apply(goal);
        settle(envoy, check);
        envoy.stop();
        expect(envoy.applied.at(-1)).toBe(goal);
        for (const [type, named] of goal.resources)
          expect(envoy.held[type]).toEqual(new Map([...named].map(([name, { version }]) => [name, version])));
      }),
      { numRuns: 500 },
    );
  });

  test('leads back to the last good state when the next is refused, and blames that one alone', () => {
    fc.assert(
      fc.property(valid, invalid, (first, second) => {
        const envoy = new ModelEnvoy();
        const check = () => expect(envoy.broken()).toEqual([]);
        const [good, refused] = [target(first), target(second)];
        envoy.apply(good);
        settle(envoy, check);
        envoy.apply(refused);
        settle(envoy, check);
        envoy.stop();
        expect(envoy.applied).toEqual([good]);
        expect(new Set(envoy.rejected)).toEqual(new Set([refused]));
        for (const [type, named] of good.resources)
          expect(envoy.held[type]).toEqual(new Map([...named].map(([name, { version }]) => [name, version])));
      }),
    );
  });

  test('does not blame a newer target for what the one before it had on its way', () => {
    const envoy = new ModelEnvoy();
    envoy.apply(target({ clusters: { c1: '1' }, routes: {} }));
    settle(envoy, () => {});
    envoy.apply(target({ clusters: { c1: '1', c4: 'bad' }, routes: {} }));
    const mended = target({ clusters: { c1: '1', c4: '1' }, routes: { v1: 'c4' } });
    envoy.apply(mended);
    settle(envoy, () => {});
    envoy.stop();
    expect(envoy.rejected).toEqual([]);
    expect(envoy.applied.at(-1)).toBe(mended);
  });

  test('tells of a stage that Envoy never answers, and goes on when it does', () => {
    const envoy = new ModelEnvoy();
    const only = target({ clusters: { c1: '1' }, routes: {} });
    envoy.apply(only);
    vi.advanceTimersByTime(20_000);
    expect(envoy.rejected).toEqual([only]);
    settle(envoy, () => {});
    envoy.stop();
    expect(envoy.applied).toEqual([only]);
  });
});
