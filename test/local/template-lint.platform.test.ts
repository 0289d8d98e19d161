import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'weir-lint-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Runs a tool of `.local/venv-test`, which `npm test` makes; fails with what to do where it is missing. */
function tool(name: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const file = join(REPOSITORY, '.local/venv-test/bin', name);
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, SAM_CLI_TELEMETRY: '0', AWS_DEFAULT_REGION: 'us-east-1' };
  return new Promise((ended, failed) => {
    execFile(file, args, { cwd: REPOSITORY, env }, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') failed(new Error(`No ${file}: run npm test once, which installs it.`));
      else ended({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

test('cfn-lint finds nothing in the template', async () => {
  expect(await tool('cfn-lint', 'template.yaml')).toEqual({ code: 0, output: '' });
});

test('the SAM CLI accepts the template', async () => {
  const { code, output } = await tool('sam', 'validate', '--lint', '--template', 'template.yaml');
  expect(code, output).toBe(0);
  expect(output).toContain('is a valid SAM Template');
});
