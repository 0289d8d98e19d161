import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BadRequest } from '#mesh/api/errors.ts';
import { jsonBody } from '#mesh/api/json-body.ts';

test('an absent body is an empty object', () => {
  expect(jsonBody('')).toEqual({});
});

test.each(['{', '[]', '1', 'null', '"x"', '{"a":1,}', 'a=1', '{"a":1}{"b":2}'])('%s is refused', (text) => {
  expect(() => jsonBody(text)).toThrow(BadRequest);
});

test.each([
  ['{"a":1,"a":2}', 'a'],
  ['{"x":[{"b":{}},{"b":1,"c":"}","b":2}]}', 'x[1].b'],
  ['{"a" : 1, "\\u0061" : 2}', 'a'],
  ['{"spec":{"listeners":[[],{"p q":[1,2],"p q":0}]}}', 'spec.listeners[1]["p q"]'],
  [`${'{"a":'.repeat(20)}{"b":1,"b":2}${'}'.repeat(20)}`, `${'a.'.repeat(11)}a…`],
])('%s names a key twice and is refused with its place', (text, path) => {
  expect(() => jsonBody(text)).toThrow(`${path} is there twice`);
});

test('every JSON object is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(2), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      expect(jsonBody(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('any text is an object or a BadRequest', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        jsonBody(text);
      } catch (error) {
        expect(error).toBeInstanceOf(BadRequest);
      }
    }),
  );
});

test('a megabyte in one string is read', () => {
  expect(jsonBody(JSON.stringify({ a: '\\"'.repeat(200_000) }))).toHaveProperty('a');
});

test('a hundred levels are read, and no more', () => {
  const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

  expect(jsonBody(nested(100))).toHaveProperty('a');
  expect(() => jsonBody(nested(101))).toThrow('a[0][0][0][0][0][0][0][0][0][0][0]… is more than 100 levels deep');
  expect(() => jsonBody(nested(400_000))).toThrow('is more than 100 levels deep');
});
