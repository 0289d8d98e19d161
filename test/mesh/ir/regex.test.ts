import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterLiteral, escapeRegex, matchesRegex, regexFault } from '#mesh/ir/regex.ts';

describe('a regular expression', () => {
  test.each(['/items/[0-9]+', '', '(?i)yes|no', String.raw`\pL+\d{3}`, '[^/]+', '(?:a{10}){20}'])(
    '%j is fine',
    (pattern) => {
      expect(regexFault(pattern)).toBeUndefined();
    },
  );

  test.each(['(', '[', '(?=a)', String.raw`(a)\1`, 'a{1001}', '*', 'a**'])(
    '%j is not in the language of RE2',
    (pattern) => {
      expect(regexFault(pattern)).toMatch(/error parsing regexp/);
    },
  );

  test('is refused when its program is too large for Envoy', () => {
    expect(regexFault('a{600}b{600}')).toBe('its program has 1202 steps; 1000 are the most');
  });

  test('is compared with the whole text', () => {
    expect(matchesRegex('/a', '/a')).toBe(true);
    expect(matchesRegex('/a', '/a/b')).toBe(false);
  });
});

test('escaped text matches itself and nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), fc.string({ unit: 'grapheme-ascii' }), (text, other) => {
      expect(matchesRegex(escapeRegex(text), text)).toBe(true);
      expect(matchesRegex(escapeRegex(text), other)).toBe(text === other);
    }),
  );
});

describe('what follows a literal', () => {
  test.each([
    ['/v2/items/[0-9]+', '/v2/', 'items/[0-9]+'],
    ['^/items', '/', 'items'],
    [String.raw`\/a\.b/c`, '/a.b/', 'c'],
    ['/(?:a|b)', '/', '(?:a|b)'],
    ['/[a|b]', '/', '[a|b]'],
    ['/v2/', '/v2/', ''],
  ])('of %j is read off behind %j', (pattern, literal, rest) => {
    expect(afterLiteral(pattern, literal)).toBe(rest);
  });

  test.each([
    ['/a|/b', '/'],
    ['.*', '/'],
    ['/?a', '/'],
    ['/+', '/'],
    ['/{2}', '/'],
    ['/a.b', '/a.b'],
    ['/a', '/v2/'],
    [String.raw`\Q/a\E`, '/'],
    ['(?i)/a', '/'],
  ])('of %j is not read off behind %j', (pattern, literal) => {
    expect(afterLiteral(pattern, literal)).toBeUndefined();
  });

  test('takes what the whole takes', () => {
    const pattern = fc.constantFrom('/[ab]', '/a.*', '/a(?:b|c)?', '/ab', String.raw`/\w+`, '/a|b', '/.b', '/[|]b');
    const literal = fc.constantFrom('/', '/a', '/ab');
    fc.assert(
      fc.property(
        pattern,
        literal,
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '/', '|'), maxLength: 4 }),
        (whole, begin, end) => {
          const rest = afterLiteral(whole, begin);
          if (rest !== undefined) expect(matchesRegex(rest, end)).toBe(matchesRegex(whole, begin + end));
        },
      ),
    );
  });
});
