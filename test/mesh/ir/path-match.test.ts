import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { declaredPath, isWithin, takesPath } from '#mesh/ir/path-match.ts';
import type { PathMatchIr } from '#mesh/ir/route-ir.ts';

describe('a declared path', () => {
  test.each([
    [{ prefix: '/a' }, { kind: 'subtree', value: '/a' }],
    [{ prefix: '/a/' }, { kind: 'prefix', value: '/a/' }],
    [{ prefix: '/' }, { kind: 'prefix', value: '/' }],
    [{ prefix: '/a*' }, { kind: 'prefix', value: '/a' }],
    [{ prefix: '/*' }, { kind: 'prefix', value: '/' }],
    [{ prefix: '/a?b' }, { kind: 'prefix', value: '/a?b' }],
    [{ prefix: '/a#b' }, { kind: 'prefix', value: '/a#b' }],
    [{}, { kind: 'prefix', value: '/' }],
    [{ path: { exact: '/a*' } }, { kind: 'exact', value: '/a*' }],
    [{ path: { regex: '/a.*' } }, { kind: 'regex', value: '/a.*' }],
  ])('of %j is %j', (declared, path) => {
    expect(declaredPath(declared)).toEqual(path);
  });
});

const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 1, maxLength: 4 }).map((rest) => `/${rest}`);
const path: fc.Arbitrary<PathMatchIr> = fc.oneof(
  text.map((value) => ({ kind: 'prefix' as const, value })),
  text.map((value) => ({ kind: 'exact' as const, value })),
  text.filter((value) => !value.endsWith('/')).map((value) => ({ kind: 'subtree' as const, value })),
);

test('a path within another takes nothing that the other does not', () => {
  fc.assert(
    fc.property(path, path, text, (inner, outer, request) => {
      if (isWithin(inner, outer) && takesPath(inner, request)) expect(takesPath(outer, request)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('two paths that take the same request are one within the other', () => {
  fc.assert(
    fc.property(path, path, text, (one, other, request) => {
      if (takesPath(one, request) && takesPath(other, request))
        expect(isWithin(one, other) || isWithin(other, one)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
