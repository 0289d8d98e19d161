import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let users = 0;
let before: string | undefined;
let scratch = '';

/**
 * Vitest's global set-up: gives a run of tests a temporary directory of its own and removes it afterwards, with all that
 * tests and the programs they start have left there. The name is short: a socket below it has 107 bytes of path at most.
 */
export default function setUp(): () => void {
  if (users++ === 0) {
    before = process.env['TMPDIR'];
    scratch = mkdtempSync(join(tmpdir(), 'weir-t-'));
    process.env['TMPDIR'] = scratch;
  }
  return tearDown;
}

function tearDown(): void {
  if (--users > 0) return;
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}
