import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const outside = /^(node_modules|gen|dist|coverage|\.local)\//;
const pages = globSync('**/*.md', { cwd: root, exclude: ['node_modules', '.local', 'gen', 'dist'] }).filter(
  (file) => !outside.test(file),
);
const decisions = globSync('docs/adr/[0-9]*.md', { cwd: root }).sort();

/** The targets of a page's links into the repository, each as it is written. */
function linksOf(page: string): string[] {
  const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchor a heading gets, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

function resolves(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return false;
  const headings = [...read(target.endsWith('.md') ? target : page).matchAll(/^#+ (.+)$/gm)];
  return anchor === undefined || headings.some(([, heading = '']) => anchorOf(heading) === anchor);
}

test('every link between pages leads somewhere', () => {
  const links = pages.flatMap((page) => linksOf(page).map((link) => ({ page, link })));
  expect(links.length).toBeGreaterThan(decisions.length);
  expect(links.filter(({ page, link }) => !resolves(page, link))).toEqual([]);
});

test('every npm command that a page names is a script', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/npm (?:run ([a-z:]+)|(start|test)\b)/g)].map(([, run, short]) => run ?? short ?? ''),
  );
  expect(named).toContain('check');
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

describe('decisions', () => {
  const titleOf = (file: string): string[] => /^# (\d+)\. (.+)$/m.exec(read(file))?.slice(1) ?? [];

  test('are listed, each by its number and title, and nothing else is', () => {
    const listed = read('docs/adr/README.md')
      .split('\n')
      .filter((line) => line.startsWith('| ['));
    const wanted = decisions.map((file) => {
      const [number, title] = titleOf(file);
      return `| [${number}](${file.replace('docs/adr/', '')}) | ${title} |`;
    });
    expect(listed).toEqual(wanted);
  });

  test('say context, decision and what follows under the number of their file', () => {
    for (const file of decisions) {
      expect(Number(titleOf(file)[0]), file).toBe(Number(/(\d{4})-/.exec(file)?.[1]));
      expect(read(file), file).toMatch(/## Context\n[\s\S]+## Decision\n[\s\S]+## (Consequences|Rejected)\n/);
    }
  });

  test('that the code or a page refers to exist', () => {
    const files = [
      ...globSync('{mesh,rollouts,aws,functions,proxy,local,scripts,test}/**/*.ts', { cwd: root }),
      ...pages,
    ];
    const missing = files.flatMap((file) =>
      [...read(file).matchAll(/adr\/(\d{4}-[a-z0-9-]+\.md)/g)]
        .map(([, name = '']) => name)
        .filter((name) => !existsSync(join(root, 'docs/adr', name)))
        .map((name) => ({ file, name })),
    );
    expect(missing).toEqual([]);
  });
});
