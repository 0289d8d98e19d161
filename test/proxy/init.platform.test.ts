import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Processes, type RunningProcess } from '../../local/processes.ts';
import { eventually } from './eventually.ts';

const INIT = fileURLToPath(new URL('../../proxy/init', import.meta.url));
let processes: Processes;

beforeEach(() => {
  processes = new Processes();
});
afterEach(() => processes.endAll(0));

/** init with a shell script in the agent's place; what both write is in `lines`. */
function start(agent: string): { running: RunningProcess; lines: () => string[] } {
  const script = join(mkdtempSync(join(tmpdir(), 'weir-init-')), 'agent.sh');
  writeFileSync(script, agent);
  const runner = join(script, '..', 'node');
  writeFileSync(runner, `#!/bin/sh\nfor last; do :; done\nexec /bin/sh "$last"\n`, { mode: 0o755 });
  const env = { PATH: process.env['PATH'], WEIR_NODE: runner, WEIR_AGENT: script };
  const running = processes.spawn('/bin/sh', [INIT], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  running.child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { running, lines: () => text.split('\n').filter(Boolean) };
}

test.each([0, 70, 78])('ends with the code of an agent that ended on purpose: %i', async (code) => {
  expect(await start(`exit ${code}`).running.exited).toMatchObject({ code });
});

test('starts an agent that died again, at once and then more slowly', async () => {
  const { lines } = start('echo started; kill -9 $$');
  await eventually('three starts', () => lines().filter((line) => line === 'started').length === 3);
  const waits = lines()
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  expect(waits.slice(0, 2)).toMatchObject([
    { event: 'agentDied', code: 137, restartInSeconds: 0 },
    { event: 'agentDied', code: 137, restartInSeconds: 1 },
  ]);
});

test('passes SIGTERM on and waits for the agent to end in its own time', async () => {
  const { running, lines } = start(
    'trap "sleep 0.3; echo drained; exit 0" TERM; echo up; while :; do sleep 0.05; done',
  );
  await eventually('the agent', () => lines().includes('up'));
  expect(await running.end(10_000)).toMatchObject({ code: 0 });
  expect(lines()).toContain('drained');
});

test('asked to end while no agent runs ends without starting another', async () => {
  const { running, lines } = start('echo started; exit 1');
  await eventually('the back-off', () => lines().some((line) => line.includes('"restartInSeconds":2')));
  const starts = lines().filter((line) => line === 'started').length;
  await running.end(10_000);
  expect(lines().filter((line) => line === 'started')).toHaveLength(starts);
});
