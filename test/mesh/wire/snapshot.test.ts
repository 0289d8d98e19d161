import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resourcesHash, type WireResources } from '#mesh/wire/snapshot.ts';

const named = fc.dictionary(fc.string({ minLength: 1 }), fc.record({ version: fc.string(), body: fc.string() }));
const resources = fc.dictionary(fc.string({ minLength: 1 }), named);

const reversed = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).reverse());

test('the order in which resources are listed does not change their hash', () => {
  fc.assert(
    fc.property(resources, (set) => {
      const shuffled: WireResources = reversed(
        Object.fromEntries(Object.entries(set).map(([type, entries]) => [type, reversed(entries)])),
      );
      expect(resourcesHash(shuffled, [])).toBe(resourcesHash(set, []));
    }),
  );
});

test('a new version of one resource changes the hash', () => {
  const set = { cluster: { a: { version: '1', body: '' } } };

  expect(resourcesHash({ cluster: { a: { version: '2', body: '' } } }, [])).not.toBe(resourcesHash(set, []));
});

test('an order to count is part of the hash, so that a change of it alone reaches the sidecars', () => {
  const order = { rollout: 'dep-1', everyMs: 1000, clusters: { stable: 's', canary: 's_canary' } };

  expect(resourcesHash({}, [order])).not.toBe(resourcesHash({}, []));
});
