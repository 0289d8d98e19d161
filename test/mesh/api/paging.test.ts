import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BadRequest } from '#mesh/api/errors.ts';
import { pageStart, pageToken } from '#mesh/api/paging.ts';

test('a token brings back the position it was made of, to its own list only', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string({ maxLength: 200 }), (list, other, after) => {
      const token = pageToken(list, after);
      expect(pageStart(list, token)).toBe(after);
      if (list !== other) expect(() => pageStart(other, token)).toThrow(BadRequest);
    }),
  );
});

test('any other text is refused', () => {
  const refused = (text: string) => void expect(() => pageStart('list', text)).toThrow(BadRequest);
  fc.assert(fc.property(fc.string(), refused));
});

test('a position outside the list is refused', () => {
  expect(() => pageStart('list', pageToken('list', 'X#1'), 'R#')).toThrow(BadRequest);
  expect(pageStart('list', pageToken('list', 'R#1'), 'R#')).toBe('R#1');
});

test('the first page has no position', () => {
  expect(pageStart('list', undefined)).toBeUndefined();
});
