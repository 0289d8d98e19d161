import type { Machine } from './machine.ts';

/** Where each state goes when it fails, states of one answer together: lines of a Markdown table. */
export function failureTable({ States }: Machine): readonly string[] {
  const rows = Object.entries(States).flatMap(([name, { Catch = [] }]) => {
    const ways = Catch.filter(({ ErrorEquals }) => !ErrorEquals.includes('States.Timeout'));
    return ways.length === 0
      ? []
      : [{ name, ways: ways.map(({ ErrorEquals, Next }) => wayText(ErrorEquals, Next)).join('; ') }];
  });
  const byWays = Map.groupBy(rows, ({ ways }) => ways);
  const lines = [...byWays].map(([ways, some]) => `| ${some.map(({ name }) => name).join(', ')} | ${ways} |`);
  return ['| states | go on with |', '| --- | --- |', ...lines];
}

function wayText(errors: readonly string[], next: string): string {
  return errors.includes('States.ALL') ? `**${next}**` : `**${next}** on ${errors.join(' or ')}`;
}
