import { describe, expect, test } from 'vitest';
import { table } from '../../scripts/markdown/table.ts';
import { testLink } from '../../scripts/markdown/test-link.ts';
import { fileOfTest, namedTests, titlesIn } from '../support/named-tests.ts';

describe('the titles of a source', () => {
  test('are full: the suites they stand in, however deep, come first', () => {
    const source = `
      describe('a', () => { describe('b', () => { test('c', () => {}); it("d", async () => {}); }); test('e', () => {}); });
      test('f', ({ task }: { task: unknown }) => {});`;

    expect(titlesIn(source)).toEqual(['a > b > c', 'a > b > d', 'a > e', 'f']);
  });

  test('of table tests and templates are as they are written, placeholders and all', () => {
    const source = `
      test.each([1, 2])('limit %j', () => {});
      test.each<[string]>([['x']])('of $kind', () => {});
      test.for(rows)('for %s', () => {});
      describe.each\`a\${1}\`('each $a', () => { test(\`in \${a}\`, () => {}); });
      test.skipIf(true)('when it can', () => {});`;

    expect(titlesIn(source)).toEqual(['limit %j', 'of $kind', 'for %s', `each $a > in \${a}`, 'when it can']);
  });

  test('leave out what never runs, with all that is in it', () => {
    const source = `
      test.skip('no', () => {}); test.todo('later'); test.fails('wrong', () => {});
      describe.skip('none', () => { test('of these', () => {}); });
      /x/.test('y'); world.describe('no', () => {}); test('yes', () => {});`;

    expect(titlesIn(source)).toEqual(['yes']);
  });
});

test('a test of this repository is found by its full title, with its file', () => {
  expect(fileOfTest('the titles of a source > leave out what never runs, with all that is in it')).toBe(
    'test/scripts/named-tests.test.ts',
  );
  expect(namedTests().size).toBeGreaterThan(100);
});

test('a page that names a test that does not exist cannot be made', () => {
  expect(() => testLink('no such thing')).toThrow('no test is named "no such thing"');
});

test('a table keeps its columns whatever its cells hold', () => {
  expect(table(['a', 'b'], [['x|y', 'two\nlines']])).toBe('| a | b |\n| --- | --- |\n| x\\|y | two<br>lines |');
});
