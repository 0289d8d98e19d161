import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type AwsAccess, deploy } from '../../local/deploy.ts';
import { type MiniStack, startMiniStack } from '../../local/ministack.ts';
import { Processes } from '../../local/processes.ts';

/** The template of `fixtures/`, deployed on a MiniStack of its own. */
export type FixtureStack = {
  ministack: MiniStack;
  aws: AwsAccess;
  outputs: Record<string, string>;
  /** What the function `Record` was invoked with so far, oldest first. */
  records(): Record<string, unknown>[];
  stop(): Promise<void>;
};

/** The template that has one of each thing the product's template relies on. */
export const FIXTURE_TEMPLATE = fileURLToPath(new URL('fixtures/template.yaml', import.meta.url));

export async function startFixtureStack(unpatched: readonly string[] = []): Promise<FixtureStack> {
  const processes = new Processes();
  const folder = mkdtempSync(join(tmpdir(), 'weir-fixture-'));
  processes.removeAtEnd(folder);
  const recordFile = join(folder, 'records.jsonl');
  try {
    const ministack = await startMiniStack({ processes, folder, unpatched });
    const aws = { endpoint: ministack.url, region: ministack.region, credentials: ministack.root };
    const outputs = await deploy({
      aws,
      template: FIXTURE_TEMPLATE,
      stack: 'fixture',
      parameters: { Records: recordFile },
    });
    return {
      ministack,
      aws,
      outputs,
      records: () => linesOf(recordFile).map((line) => JSON.parse(line).event),
      stop: () => processes.endAll(),
    };
  } catch (error) {
    await processes.endAll();
    throw error;
  }
}

const linesOf = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

/** Polls until `probe` answers something, and answers that. Throws what was waited for after 15 s. */
export async function eventually<Value>(
  what: string,
  probe: () => Value | undefined | Promise<Value | undefined>,
): Promise<Value> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await delay(50)) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
  }
  throw new Error(`not within 15 s: ${what}`);
}
