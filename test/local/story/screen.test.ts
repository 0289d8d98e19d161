import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventLines, statusLine, weightBar, wrap } from '../../../local/story/layout.ts';
import { type Output, Screen } from '../../../local/story/screen.ts';

const ESCAPE = '\u001b';
const plain = { columns: 100, colour: false };
const status = { subject: 'orders v2', weight: 25, requests: 12_345, failed: 0, perSecond: 249.6, doing: 'observing' };
const noon = new Date(2026, 10, 21, 12, 0, 3);

function recorded(output: Partial<Output>): Output & { text: () => string } {
  const written: string[] = [];
  return { ...output, write: (text) => written.push(text), text: () => written.join('') };
}

test('a weight bar is as full as the weight, and any traffic at all shows', () => {
  expect(weightBar(0, 20)).toBe('░'.repeat(20));
  expect(weightBar(1, 20)).toBe(`█${'░'.repeat(19)}`);
  expect(weightBar(25, 20)).toBe(`${'█'.repeat(5)}${'░'.repeat(15)}`);
  expect(weightBar(100, 20)).toBe('█'.repeat(20));
});

test('an event is one line with time, subject and what happened', () => {
  expect(eventLines(noon, 'orders v2', { text: 'promoted', tone: 'good' }, plain)).toEqual([
    '12:00:03  orders v2   promoted',
  ]);
});

test('an event with a weight carries its bar, so that a pipe shows it too', () => {
  const [line] = eventLines(noon, 'orders v2', { text: 'confirmed', tone: 'plain', weight: 50 }, plain);
  expect(line).toContain(` 50 % ${'█'.repeat(10)}${'░'.repeat(10)} confirmed`);
});

test('no line of an event is wider than the terminal when its words fit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 24, max: 200 }),
      fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 30 }),
      (columns, words) => {
        const lines = eventLines(noon, 'orders', { text: words.join(' '), tone: 'plain' }, { columns, colour: false });
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
        const joined = lines.join(' ').replace(/\s+/g, ' ');
        expect(joined.endsWith(words.join(' '))).toBe(true);
      },
    ),
  );
});

test('the live line never reaches the last column, where a terminal would wrap it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), (columns) => {
      expect(statusLine(status, { columns, colour: false }).length).toBeLessThan(columns);
    }),
  );
});

test('wrapping keeps every word in order', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
});

test('a pipe gets plain lines without control codes and no live line', () => {
  const pipe = recorded({});
  const screen = new Screen(pipe, {});

  screen.status(status);
  screen.event('orders v2', { text: 'rolled back', tone: 'bad' }, noon);
  screen.close();

  expect(pipe.text()).toBe('12:00:03  orders v2   rolled back\n');
});

test('a terminal keeps its live line below the events and loses it at the end', () => {
  const terminal = recorded({ isTTY: true, columns: 100 });
  const screen = new Screen(terminal, { NO_COLOR: '1' });

  screen.status(status);
  screen.event('orders v2', 'promoted', noon);
  screen.close();

  const live = statusLine(status, plain);
  expect(terminal.text()).toBe(
    `\r${ESCAPE}[2K${live}\r${ESCAPE}[2K12:00:03  orders v2   promoted\n${live}\r${ESCAPE}[2K`,
  );
});

test('an unchanged live line is not written again', () => {
  const terminal = recorded({ isTTY: true, columns: 100 });
  const screen = new Screen(terminal, {});

  screen.status(status);
  const once = terminal.text();
  screen.status({ ...status });

  expect(terminal.text()).toBe(once);
});

test('NO_COLOR takes the colours away', () => {
  const [coloured, uncoloured] = [recorded({ isTTY: true, columns: 80 }), recorded({ isTTY: true, columns: 80 })];

  new Screen(coloured, {}).event('orders v3', { text: 'rolled back', tone: 'bad' }, noon);
  new Screen(uncoloured, { NO_COLOR: '1' }).event('orders v3', { text: 'rolled back', tone: 'bad' }, noon);

  expect(coloured.text()).toContain(`${ESCAPE}[31mrolled back`);
  expect(uncoloured.text()).not.toContain(ESCAPE);
});
