import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { Processes, ProcessNotStarted, type RunningProcess } from '../../local/processes.ts';

let processes = new Processes();
afterEach(async () => {
  await processes.endAll(100);
  processes = new Processes();
});

const alive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 10_000) throw new Error('condition did not come true within 10 s');
    await delay(20);
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('stdout is not a pipe');
  const [chunk] = await once(child.stdout, 'data');
  return String(chunk).trim();
}

/** A shell that starts a grandchild, prints its pid and waits for it. */
const parent = (body: string): RunningProcess =>
  processes.spawn('/bin/sh', ['-c', body], { stdio: ['ignore', 'pipe', 'ignore'] });

test('a process that ends on SIGTERM is ended by it, long before the grace is over', async () => {
  const started = Date.now();
  const exit = await processes.spawn('/bin/sleep', ['60']).end(30_000);
  expect(exit.signal).toBe('SIGTERM');
  expect(Date.now() - started).toBeLessThan(15_000);
});

test('a process that ignores SIGTERM is killed when the grace is over', async () => {
  const deaf = parent('trap "" TERM; echo ready; while :; do sleep 1; done');
  await firstLine(deaf.child);
  expect((await deaf.end(50)).signal).toBe('SIGKILL');
});

test('SIGTERM goes to the main process alone, so that it can drain its own children', async () => {
  const running = parent('sleep 60 & child=$!; trap "kill -0 $child && exit 7; exit 8" TERM; echo $child; wait');
  const grandchild = Number(await firstLine(running.child));
  expect((await running.end(10_000)).code).toBe(7);
  await until(() => !alive(grandchild));
});

test('when the main process ends, the rest of its group is killed', async () => {
  const running = parent('sleep 60 & echo $!');
  const grandchild = Number(await firstLine(running.child));
  await running.exited;
  await until(() => !alive(grandchild));
});

test('a program that does not exist is named', () => {
  expect(() => processes.spawn('/nonexistent/program', [])).toThrow(ProcessNotStarted);
  expect(() => processes.spawn('/nonexistent/program', [])).toThrow('/nonexistent/program');
});

test('when the owner is killed with -9, every group dies and the paths of the run are removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir processes '));
  const module = new URL('../../local/processes.ts', import.meta.url).href;
  const script = `
    const { Processes } = await import(${JSON.stringify(module)});
    const processes = new Processes();
    processes.removeAtEnd(${JSON.stringify(folder)});
    const gone = processes.spawn('/bin/true', []);
    await gone.exited;
    const pids = [1, 2, 3].map(() => processes.spawn('/bin/sleep', ['60']).pid);
    console.log(pids.join(' '));
    await new Promise(() => setInterval(() => {}, 1000));`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pids = (await firstLine(owner)).split(' ').map(Number);
  expect(pids.map(alive)).toEqual([true, true, true]);
  owner.kill('SIGKILL');
  await until(() => !pids.some(alive) && !existsSync(folder));
});
