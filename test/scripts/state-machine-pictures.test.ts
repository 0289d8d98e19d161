import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diagrams } from '../../scripts/docs/state-machines/diagrams.ts';
import { failureTable } from '../../scripts/docs/state-machines/failure-table.ts';
import { edgesOf, type Machine, ruleText } from '../../scripts/docs/state-machines/machine.ts';

const root = join(import.meta.dirname, '..', '..');
const machines = globSync('statemachines/*.asl.json', { cwd: root }).map((file): [string, Machine] => [
  file,
  JSON.parse(readFileSync(join(root, file), 'utf8')),
]);
/** What a reader follows on one screen; the hairball of all ways in one picture has over a hundred. */
const MOST_ARROWS = 45;

describe.each(machines)('the pictures of %s', (_, machine) => {
  const pictures = diagrams(machine).map(({ mermaid }) => mermaid);
  const all = pictures.join('\n');

  test('show every state', () => {
    for (const name of Object.keys(machine.States)) expect(all).toContain(`"${name}`);
  });

  test('show every way from one state to another', () => {
    const ways = Object.entries(machine.States).flatMap(([name, state]) => edgesOf(name, state));
    const arrows = pictures.flatMap((text) => text.split('\n').filter((line) => /(-->|\.->)/.test(line)));

    expect(arrows.length).toBeGreaterThanOrEqual(ways.length);
  });

  test('are small enough to read', () => {
    for (const text of pictures) expect(text.match(/(-->|\.->)/g)?.length ?? 0).toBeLessThanOrEqual(MOST_ARROWS);
  });

  test('leave no error out of the table below them', () => {
    const table = failureTable(machine).join('\n');
    const caught = Object.values(machine.States).flatMap(({ Catch = [] }) => Catch);
    for (const { ErrorEquals, Next } of caught)
      if (!ErrorEquals.includes('States.Timeout')) expect(table).toContain(`**${Next}**`);
  });
});

test.each([
  [{ Variable: '$.signal.kind', StringEquals: 'acked', Next: 'a' }, 'acked'],
  [{ Variable: '$.rollout.holds', StringEquals: 'pauseHook', Next: 'a' }, 'holds is pauseHook'],
  [{ Variable: '$.step.isLast', BooleanEquals: false, Next: 'a' }, 'not isLast'],
  [{ Variable: '$.gate', IsPresent: true, Next: 'a' }, 'has gate'],
  [{ Variable: '$.step.next', NumericGreaterThan: 3, Next: 'a' }, 'next above 3'],
  [{ Not: { Variable: '$.x', StringMatches: 'a*' }, Next: 'a' }, 'not x StringMatches a*'],
  [
    {
      And: [
        { Variable: '$.s.kind', StringEquals: 'promote' },
        { Variable: '$.isLast', BooleanEquals: true },
      ],
      Next: 'a',
    },
    'promote and isLast',
  ],
])('the rule %o is told as %s', (rule, text) => {
  expect(ruleText(rule)).toBe(text);
});
