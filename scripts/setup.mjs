/**
 * `node scripts/setup.mjs <entry> [arguments]`: prepares what the entry needs, then runs it on Node 24. Every npm script
 * is this one command, so each works straight after `git clone`. Plain JavaScript for Node >= 20, standard library only:
 * it runs before anything is installed. Quiet when nothing is to do; a missing prerequisite is one sentence, exit code 1.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const NODE = join(ROOT, 'node_modules', '.bin', 'node');
const LOCK = join(ROOT, '.local', 'setup.lock');
const MINIMUM_NODE = 20;
const RUNTIME_NODE = 'v24.';
const PYTHONS = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const VITEST = 'node_modules/vitest/vitest.mjs';
const RUN_VENV = { folder: '.local/venv', requirements: 'local/requirements.txt' };
const TEST_VENV = { folder: '.local/venv-test', requirements: 'local/requirements-test.txt' };

const ENTRIES = {
  start: { run: ['local/story/main.ts'], venvs: [RUN_VENV] },
  local: { run: ['local/main.ts'], venvs: [RUN_VENV] },
  test: { run: ['scripts/test.ts'], venvs: [RUN_VENV, TEST_VENV] },
  unit: { run: [VITEST, 'run', '--project', 'unit'] },
  check: { run: ['scripts/check.ts'] },
  fix: { run: ['node_modules/@biomejs/biome/bin/biome', 'check', '--write'] },
  build: { run: ['scripts/build.ts'] },
  golden: { run: [VITEST, 'run', 'golden', '--update'], venvs: [RUN_VENV] },
  bench: { run: ['test/bench/main.ts'], venvs: [RUN_VENV] },
};

/** A prerequisite is missing; the message is the one sentence the user sees. */
class Missing extends Error {}

function say(line) {
  process.stderr.write(`weir: ${line}\n`);
}

/** Runs a program with its output shown only when it fails. */
function run(command, args, failure) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  throw new Missing(error ? `${failure} (${error.message})` : failure);
}

function hashOf(...paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(readFileSync(join(ROOT, path)));
  return hash.digest('hex');
}

function readIfPresent(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function checkNode() {
  if (Number(process.versions.node.split('.')[0]) < MINIMUM_NODE) {
    throw new Missing(
      `Weir needs Node.js ${MINIMUM_NODE} or later and this is ${process.version}: install it from https://nodejs.org.`,
    );
  }
}

/** True when npm's own record of what is installed agrees with the lock file; packages of other platforms may be absent. */
function dependenciesAreCurrent() {
  const recorded = readIfPresent(join(ROOT, 'node_modules', '.package-lock.json'));
  if (recorded === undefined) return false;
  const installed = JSON.parse(recorded).packages;
  const locked = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(locked).every(([path, { version, optional, peer }]) => {
    if (path === '') return true;
    return installed[path] ? installed[path].version === version : optional === true || peer === true;
  });
}

function installDependencies() {
  if (dependenciesAreCurrent()) return;
  say('installing npm packages (10 s, longer on a slow line) ...');
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  run(command, [...args, 'ci', '--no-audit', '--no-fund'], 'npm ci failed: see its output above.');
}

/** The package `node` brings Node 24 by an install script; where scripts are switched off it is missing. */
function checkRuntime() {
  const { stdout } = spawnSync(NODE, ['--version'], { encoding: 'utf8' });
  if (!stdout?.startsWith(RUNTIME_NODE)) {
    const found = stdout ? `is ${stdout.trim()}` : 'is missing';
    throw new Missing(
      `node_modules/.bin/node ${found} instead of Node 24, because npm's install scripts are switched off: run "npm ci --ignore-scripts=false" and start again.`,
    );
  }
}

function generateProtos() {
  const script = 'scripts/generate-protos.ts';
  if (!existsSync(join(ROOT, script))) return;
  const stamp = join(ROOT, 'gen', '.stamp');
  const wanted = hashOf(script, 'package-lock.json');
  if (readIfPresent(stamp) === wanted) return;
  say("generating Envoy's types ...");
  run(NODE, [script], `${script} failed: see its output above.`);
  writeFileSync(stamp, wanted);
}

/** The first Python that is new enough for MiniStack. */
function findPython() {
  const program = 'import sys; print(sys.version_info >= (3, 10))';
  const found = PYTHONS.find(
    (name) => spawnSync(name, ['-c', program], { encoding: 'utf8' }).stdout?.trim() === 'True',
  );
  if (!found)
    throw new Missing(
      'Weir needs Python 3.10 or later (its local AWS is written in it): install python3 and start again.',
    );
  return found;
}

const succeeds = (command, args) => spawnSync(command, args, { cwd: ROOT, stdio: 'ignore' }).status === 0;

/** Makes a virtual environment and answers the command that installs into it; distributions differ in what they ship. */
function createVenv(python, folder) {
  const target = join(folder, 'bin', 'python');
  if (succeeds(python, ['-m', 'venv', folder]))
    return [target, ['-m', 'pip', 'install', '--disable-pip-version-check']];
  rmSync(join(ROOT, folder), { recursive: true, force: true });
  if (succeeds('uv', ['venv', '--python', python, folder])) return ['uv', ['pip', 'install', '--python', target]];
  if (succeeds(python, ['-m', 'venv', '--without-pip', folder]) && succeeds(python, ['-m', 'pip', '--version'])) {
    return [python, ['-m', 'pip', '--python', target, 'install', '--disable-pip-version-check']];
  }
  throw new Missing('Python has no venv module: install python3-venv (or uv) and start again.');
}

/** The lock lists every package, so nothing is left to resolve: `--no-deps`, without which pip trips over its extras. */
function prepareVenv({ folder, requirements }) {
  const stamp = join(ROOT, folder, '.stamp');
  const wanted = hashOf(requirements);
  if (readIfPresent(stamp) === wanted) return;
  const python = findPython();
  say(`preparing ${folder} from ${requirements} (20 s, longer on a slow line) ...`);
  rmSync(join(ROOT, folder), { recursive: true, force: true });
  const [command, args] = createVenv(python, folder);
  run(
    command,
    [...args, '--quiet', '--no-deps', '--require-hashes', '-r', requirements],
    `Installing ${requirements} failed: see the output above.`,
  );
  writeFileSync(stamp, wanted);
}

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Two commands started at once prepare one after the other; the lock of a dead process counts for nothing. */
function withLock(prepare) {
  mkdirSync(dirname(LOCK), { recursive: true });
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isAlive(Number(readIfPresent(LOCK)))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      else rmSync(LOCK, { force: true });
    }
  }
  try {
    prepare();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function prepare({ venvs = [] }) {
  checkNode();
  if (venvs.length > 0 && process.platform !== 'linux') {
    throw new Missing('Local mode needs Linux (x64 or arm64): use a Linux machine, a virtual machine or WSL 2.');
  }
  withLock(() => {
    installDependencies();
    checkRuntime();
    generateProtos();
    for (const venv of venvs) prepareVenv(venv);
  });
}

/**
 * Runs the entry as a child that ends with us: signals are passed on, a lost parent counts as SIGTERM, and the IPC channel
 * tells the child when we die by any other means.
 */
function runEntry({ run: args }, more) {
  const env = { ...process.env, PATH: `${dirname(NODE)}:${process.env.PATH ?? ''}` };
  const child = spawn(NODE, [...args, ...more], { cwd: ROOT, env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500);
  child.on('exit', (code, signal) => {
    clearInterval(watch);
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
    child.channel?.unref();
  });
}

function main([name, ...more]) {
  const entry = ENTRIES[name];
  if (!entry) throw new Missing(`Unknown entry ${name}: it is one of ${Object.keys(ENTRIES).join(', ')}.`);
  prepare(entry);
  runEntry(entry, more);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  say(error.message);
  process.exitCode = 1;
}
