import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vitest/node';

/** What of a syntax tree the search needs; every node has a type, other fields depend on it. */
interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What makes a suite and what makes a test. */
const MAKERS: Readonly<Record<string, 'suite' | 'test'>> = { describe: 'suite', test: 'test', it: 'test' };
/** A test that does not run proves nothing, so no page may name it. */
const IDLE = new Set(['skip', 'todo', 'fails']);
const root = join(import.meta.dirname, '..', '..');

let known: ReadonlyMap<string, string> | undefined;

/**
 * Every test of the repository: its full title (`suite > test`, as vitest reports it) and the file it stands in, relative
 * to the root. A table test (`test.each`) has one title, the one in the source, placeholders and all: `refuses limit %j`.
 * Read from the sources, nothing is run; skipped tests are left out.
 */
export function namedTests(): ReadonlyMap<string, string> {
  known ??= readTests();
  return known;
}

/** The file of the test with this full title. Throws when there is none, so that no page can name a test that is gone. */
export function fileOfTest(title: string): string {
  const file = namedTests().get(title);
  if (file === undefined)
    throw new Error(`no test is named "${title}": correct the row that names it, or write the test`);
  return file;
}

/** The full titles of the tests in one source text. */
export function titlesIn(source: string): readonly string[] {
  return [...titlesUnder(parseAst(source, { lang: 'ts' }) as unknown as Node, source, [])];
}

function readTests(): ReadonlyMap<string, string> {
  const files = globSync('test/**/*.ts', { cwd: root }).sort();
  const rows = files.flatMap((file) =>
    titlesIn(readFileSync(join(root, file), 'utf8')).map((title): [string, string] => [title, file]),
  );
  return new Map(rows);
}

function* titlesUnder(node: Node, source: string, suites: readonly string[]): Generator<string> {
  const made = madeBy(node, source);
  if (made?.kind === 'idle') return;
  if (made?.kind === 'test') yield [...suites, made.title].join(' > ');
  const within = made?.kind === 'suite' ? [...suites, made.title] : suites;
  for (const child of childrenOf(node)) yield* titlesUnder(child, source, within);
}

/** The suite or test that a call makes: `test('title', …)`, `test.each(rows)('title', …)`, `describe(`title`, …)`. */
function madeBy(node: Node, source: string): { kind: 'suite' | 'test' | 'idle'; title: string } | undefined {
  if (node.type !== 'CallExpression') return undefined;
  const names = calleeNames(node['callee'] as Node);
  const kind = MAKERS[names[0] ?? ''];
  const [first] = node['arguments'] as readonly Node[];
  const title = first && titleOf(first, source);
  if (kind === undefined || title === undefined) return undefined;
  return { kind: names.some((name) => IDLE.has(name)) ? 'idle' : kind, title };
}

/** `test.skipIf(x).each(rows)` is `['test', 'skipIf', 'each']`; whatever is no such chain is `[]`. */
function calleeNames(callee: Node): readonly string[] {
  if (callee.type === 'Identifier') return [String(callee['name'])];
  if (callee.type === 'CallExpression') return calleeNames(callee['callee'] as Node);
  if (callee.type === 'TaggedTemplateExpression') return calleeNames(callee['tag'] as Node);
  if (callee.type !== 'MemberExpression' || callee['computed'] === true) return [];
  const before = calleeNames(callee['object'] as Node);
  return before.length === 0 ? [] : [...before, String((callee['property'] as Node)['name'])];
}

function titleOf(argument: Node, source: string): string | undefined {
  if (argument.type === 'Literal' && typeof argument['value'] === 'string') return argument['value'];
  if (argument.type !== 'TemplateLiteral') return undefined;
  const { start, end } = argument as unknown as { start: number; end: number };
  return source.slice(start + 1, end - 1);
}

function childrenOf(node: Node): readonly Node[] {
  return Object.values(node).flat().filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string';
}
