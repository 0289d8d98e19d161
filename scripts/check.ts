import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** One static check: its name for people and the command that holds it (exit 0 = passed). */
export interface Check {
  readonly name: string;
  readonly command: readonly string[];
}

/** The outcome of a check; `output` is what it printed, for the report of a failure. */
export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

/** Everything about the code that needs no run of it: types, format, layers, cycles, promises, dead code, bundles. */
export const checks: readonly Check[] = [
  { name: 'types', command: [bin('tsc'), '-p', root] },
  { name: 'format, lint, layers and cycles', command: [bin('biome'), 'check', '--error-on-warnings', root] },
  { name: 'promises', command: [bin('oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'dead code', command: [bin('knip'), '--no-config-hints'] },
  { name: 'architecture', command: [bin('vitest'), 'run', '--project', 'unit', 'test/architecture.test.ts'] },
];

/** Runs one check to its end; never throws for a failed one. */
export async function runCheck(check: Check): Promise<CheckResult> {
  const started = performance.now();
  const [program, ...args] = check.command;
  const child = spawn(program ?? '', args, { cwd: root, env: { ...process.env, FORCE_COLOR: '0' } });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number>((resolve) => {
    child.on('error', (error) => {
      chunks.push(Buffer.from(String(error)));
      resolve(1);
    });
    child.on('close', (status) => resolve(status ?? 1));
  });
  const seconds = (performance.now() - started) / 1000;
  return { name: check.name, passed: code === 0, seconds, output: Buffer.concat(chunks).toString() };
}

/** Runs all checks one after the other, prints a line for each and the output of those that failed. */
export async function runChecks(): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    const result = await runCheck(check);
    results.push(result);
    process.stdout.write(`${result.passed ? '✓' : '✗'} ${result.name} (${result.seconds.toFixed(1)} s)\n`);
    if (!result.passed) process.stdout.write(`${result.output}\n`);
  }
  return results;
}

if (import.meta.main) {
  const results = await runChecks();
  process.exitCode = results.every((result) => result.passed) ? 0 : 1;
}
