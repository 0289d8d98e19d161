import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { diagrams } from './state-machines/diagrams.ts';
import { failureTable } from './state-machines/failure-table.ts';
import { isWait, type Machine, type State } from './state-machines/machine.ts';

const root = join(import.meta.dirname, '..', '..');

const legend = `A rectangle calls a function; a rectangle with doubled sides calls one and then sleeps on a task token until something has
happened; a rhombus is a decision; a flag points to another picture of the same machine. Dotted: the token's time ran out, which
is an ordinary way to leave a wait. Every state catches every other error too: the table below the pictures says where it goes
then. Machines that wait cost nothing while they do: nothing polls.`;

/** The page that shows every state machine as its definition has it. */
export function render(): string {
  const files = globSync('statemachines/*.asl.json', { cwd: root }).sort();
  return ['# State machines', '', legend, '', ...files.flatMap(section)].join('\n');
}

function section(file: string): readonly string[] {
  const machine = JSON.parse(readFileSync(join(root, file), 'utf8')) as Machine;
  const states = Object.values(machine.States);
  const pictures = diagrams(machine).flatMap(({ title, mermaid }) => [
    `### ${title}`,
    '',
    '```mermaid',
    mermaid,
    '```',
    '',
  ]);
  const count = `${states.length} states, ${states.filter(isWait).length} of them waits on a task token; [definition](../${file}).`;
  return [
    `## ${basename(file, '.asl.json')}`,
    '',
    machine.Comment ?? '',
    '',
    count,
    '',
    ...pictures,
    '### When a state fails',
    '',
    ...failureTable(machine),
    '',
    ...remarks(machine),
  ];
}

/** The comments that states carry, beside the pictures: what a box cannot hold. */
function remarks({ States }: Machine): readonly string[] {
  const told = Object.entries(States).flatMap(([name, { Comment }]: [string, State]) =>
    Comment === undefined ? [] : [`- **${name}**: ${Comment}`],
  );
  return told.length === 0 ? [] : ['### Remarks', '', ...told, ''];
}
