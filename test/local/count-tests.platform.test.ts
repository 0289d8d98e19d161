import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** Inside the repository, so that its test files find vitest. */
let root: string;
beforeEach(() => {
  mkdirSync(join(REPOSITORY, '.local'), { recursive: true });
  root = mkdtempSync(join(REPOSITORY, '.local/count-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** What a vitest of its own process prints, one cannot run inside another, and its count behind `COUNT`. */
function output(files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(root, name), `import { expect, test } from 'vitest';\n${text}`);
  }
  const module = join(REPOSITORY, 'scripts/count-tests.ts');
  const options = JSON.stringify({ root, config: false });
  const program = `import { countTests } from '${module}'; console.log('COUNT' + JSON.stringify(await countTests([], ${options})))`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    cwd: root,
  }).stdout;
}

function count(files: Record<string, string>): unknown {
  const stdout = output(files);
  return JSON.parse(stdout.slice(stdout.lastIndexOf('COUNT') + 'COUNT'.length));
}

test('passed and failed tests are counted, skipped ones are not', () => {
  const tests =
    "test('a', () => {}); test('b', () => {}); test('c', () => expect(1).toBe(2)); test.skip('d', () => {});";
  expect(count({ 'a.test.ts': tests })).toEqual({ passed: 2, failed: 1 });
});

test('a file that cannot be loaded is a failed test', () => {
  const files = {
    'fine.test.ts': "test('a', () => {});",
    'broken.test.ts': "import './missing.ts'; test('b', () => {});",
  };
  expect(count(files)).toEqual({ passed: 1, failed: 1 });
});

test('an error outside any test is a failed test', () => {
  const unhandled = "test('a', () => { Promise.reject(new Error('nobody waits')); });";
  expect(count({ 'a.test.ts': unhandled })).toEqual({ passed: 1, failed: 1 });
});

test('nothing to run is nothing passed', () => {
  expect(count({})).toEqual({ passed: 0, failed: 0 });
});

test('tests that were skipped for a reason are said, with the reason', () => {
  const tests =
    "test('a', ({ skip }) => skip('no Terraform')); test('b', ({ skip }) => skip('no Terraform')); test.skip('c', () => {});";
  expect(output({ 'a.test.ts': tests })).toContain('skipped: 2 tests of a.test.ts, because no Terraform\n');
});
