import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byPrecedence, type Ranked } from '#mesh/ir/route-order.ts';

const plain = { path: { kind: 'prefix', value: '/' }, headers: [], query: [] } as const;
const header = { name: 'x', invert: false, value: { kind: 'present' } } as const;

/** Each comes before the next. */
const inOrder: readonly Ranked[] = [
  { name: 'declared first', priority: 0, match: plain },
  { name: 'declared last', priority: 1000, match: plain },
  { name: 'exact host', priority: undefined, host: { exact: 'a.b' }, match: plain },
  { name: 'longer suffix', priority: undefined, host: { suffix: '.a.b' }, match: plain },
  { name: 'suffix', priority: undefined, host: { suffix: '.b' }, match: plain },
  { name: 'exact path', priority: undefined, match: { ...plain, path: { kind: 'exact', value: '/a' } } },
  { name: 'longer regex', priority: undefined, match: { ...plain, path: { kind: 'regex', value: '/a.*' } } },
  { name: 'regex', priority: undefined, match: { ...plain, path: { kind: 'regex', value: '/.*' } } },
  { name: 'longer prefix', priority: undefined, match: { ...plain, path: { kind: 'subtree', value: '/a/b' } } },
  { name: 'prefix', priority: undefined, match: { ...plain, path: { kind: 'subtree', value: '/a' } } },
  { name: 'method', priority: undefined, match: { ...plain, method: 'GET' } },
  { name: 'two headers', priority: undefined, match: { ...plain, headers: [header, header] } },
  { name: 'one header', priority: undefined, match: { ...plain, headers: [header] } },
  { name: 'query', priority: undefined, match: { ...plain, query: [{ name: 'q' }] } },
  { name: 'a name', priority: undefined, match: plain },
  { name: 'b name', priority: undefined, match: plain },
];

test('routes are ordered by priority, host, path, method, headers, query and name, however they come', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...inOrder], { minLength: inOrder.length }), (routes) => {
      expect(routes.sort(byPrecedence).map(({ name }) => name)).toEqual(inOrder.map(({ name }) => name));
    }),
  );
});
