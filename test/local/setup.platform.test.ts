import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** A repository with nothing to install, and a PATH with nothing on it but what a test puts there. */
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-setup-'));
  cpSync(join(REPOSITORY, 'scripts/setup.mjs'), join(root, 'scripts/setup.mjs'));
  const packages = {
    '': { name: 'weir' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/other': { version: '1.0.0', optional: true },
  };
  put('package-lock.json', JSON.stringify({ packages }));
  put('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }));
  put('local/requirements.txt', 'a==1\n');
  put('local/main.ts', 'process.stdout.write(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;');
  put('scripts/build.ts', "process.stdout.write('built ' + process.version);");
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), mode);
}

/** A program on the test's PATH, as a shell script. */
const program = (name: string, script: string) => put(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755);

/** A Python that makes virtual environments and says what it was asked to do. */
const workingPython = () =>
  program(
    'python3',
    `echo "$*" >> '${root}/calls'; case "$*" in -c*) echo True;; "-m venv"*) /bin/mkdir -p "$3/bin"; /bin/cp "$0" "$3/bin/python";; esac`,
  );

function setup(...args: string[]) {
  return setupWhere('', ...args);
}

/** Runs the set-up after `before`, a line of JavaScript that makes this another machine. */
function setupWhere(before: string, ...args: string[]) {
  const { npm_execpath: _, ...env } = process.env;
  const script = join(root, 'scripts/setup.mjs');
  const machine = `data:text/javascript,${encodeURIComponent(before)}`;
  const ran = spawnSync(process.execPath, ['--import', machine, script, ...args], {
    encoding: 'utf8',
    env: { ...env, PATH: join(root, 'bin') },
  });
  return { code: ran.status, out: ran.stdout, said: ran.stderr };
}

test('with nothing to do, it is silent and runs the entry on Node 24', () => {
  expect(setup('build')).toEqual({ code: 0, out: `built ${process.version}`, said: '' });
});

test('arguments go to the entry, and its exit code comes back', () => {
  workingPython();
  expect(setup('local', '--exit', 'a b')).toMatchObject({ code: 7, out: '["--exit","a b"]' });
});

test('the Python environment is made once, and again when its lock changes', () => {
  workingPython();
  expect(setup('local').said).toContain('preparing .local/venv');
  expect(setup('local').said).toBe('');
  put('local/requirements.txt', 'a==2\n');
  expect(setup('local').said).toContain('preparing .local/venv');
  const installs = readFileSync(join(root, 'calls'), 'utf8')
    .split('\n')
    .filter((call) => call.includes('install'));
  expect(installs).toHaveLength(2);
  expect(installs[0]).toContain('--no-deps --require-hashes -r local/requirements.txt');
  expect(existsSync(join(root, '.local/setup.lock'))).toBe(false);
});

test('a lock left by a process that died does not block', () => {
  put('.local/setup.lock', '4194304');
  expect(setup('build').code).toBe(0);
});

describe('a missing prerequisite is one sentence', () => {
  const sentence = (run: ReturnType<typeof setup>) => {
    expect(run).toMatchObject({ code: 1, out: '' });
    return run.said;
  };

  test('a Node that is too old', () => {
    const old =
      "for (const [key, value] of [['versions', { node: '18.20.0' }], ['version', 'v18.20.0']]) Object.defineProperty(process, key, { value })";
    expect(sentence(setupWhere(old, 'build'))).toBe(
      'weir: Weir needs Node.js 20 or later and this is v18.20.0: install it from https://nodejs.org.\n',
    );
  });

  test('Linux, for what runs locally and for nothing else', () => {
    const mac = "Object.defineProperty(process, 'platform', { value: 'darwin' })";
    expect(sentence(setupWhere(mac, 'local'))).toBe(
      'weir: Local mode needs Linux (x64 or arm64): use a Linux machine, a virtual machine or WSL 2.\n',
    );
    expect(setupWhere(mac, 'build').code).toBe(0);
  });

  test('Node 24, when install scripts are switched off', () => {
    rmSync(join(root, 'node_modules/.bin/node'));
    expect(sentence(setup('build'))).toBe(
      'weir: node_modules/.bin/node is missing instead of Node 24, because npm\'s install scripts are switched off: run "npm ci --ignore-scripts=false" and start again.\n',
    );
  });

  test('Python', () => {
    expect(sentence(setup('local'))).toMatch(
      /^weir: Weir needs Python 3\.10 or later .*: install python3 and start again\.\n$/,
    );
  });

  test('a Python that is too old', () => {
    program('python3', 'echo False');
    expect(sentence(setup('local'))).toContain('Weir needs Python 3.10 or later');
  });

  test('the venv module', () => {
    program('python3', 'case "$1" in -c) echo True;; *) exit 1;; esac');
    expect(sentence(setup('local')).split('\n').at(-2)).toBe(
      'weir: Python has no venv module: install python3-venv (or uv) and start again.',
    );
  });

  test('an entry that exists', () => {
    expect(sentence(setup('strat'))).toMatch(/Unknown entry strat: it is one of start, local, test/);
  });
});

test('dependencies that differ from the lock file are installed by npm ci', () => {
  put('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '0.9.0' } } }));
  program('npm', `echo "$*" > '${root}/npm-calls'; exit 1`);
  const run = setup('build');
  expect(readFileSync(join(root, 'npm-calls'), 'utf8')).toMatch(/^ci /);
  expect(run.said).toContain('npm ci failed');
});

test.each(['local/requirements.txt', 'local/requirements-test.txt'])(
  '%s pins every package by hash and names no index',
  (path) => {
    const text = readFileSync(join(REPOSITORY, path), 'utf8');
    const packages = text.split('\n').filter((line) => /^\S/.test(line) && !line.startsWith('#'));
    expect(packages.length).toBeGreaterThan(20);
    for (const line of packages) expect(line).toMatch(/^[a-z0-9._-]+==\S+.*\\$/);
    expect(text).not.toMatch(/:\/\/|index-url/);
  },
);
