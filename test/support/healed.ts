import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from './given-when-then-world.ts';

/** Every repair that was seen, one line each, over all runs of this clone. */
const RESULTS = join(import.meta.dirname, '..', '..', '.local', 'heal-results.txt');

/**
 * Causes a fault, waits until it is healed, and prints what it took: seconds from the fault, and what of the traffic failed
 * meanwhile. The line is printed past vitest, which keeps the output of passing tests to itself.
 */
export async function healed(
  world: World,
  fault: string,
  { cause, until }: { cause: () => Promise<unknown> | unknown; until: () => Promise<unknown> },
): Promise<void> {
  const before = world.shop.load.counts();
  const began = Date.now();
  await cause();
  await until();
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const after = world.shop.load.counts();
  const failed = after.failed - before.failed;
  const line = `heal: ${fault}: ${seconds} s, ${failed} of ${after.requests - before.requests} client requests failed`;
  mkdirSync(join(RESULTS, '..'), { recursive: true });
  appendFileSync(RESULTS, `${new Date(began).toISOString()} ${line}\n`);
  process.stderr.write(`${line}\n`);
}
