import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Platform, type PlatformOptions, startPlatform } from '../../local/platform.ts';
import { openShop, type Shop } from '../../local/story/shop.ts';
import { givens } from './given-when-then-givens.ts';
import { thens } from './given-when-then-thens.ts';
import { whens } from './given-when-then-whens.ts';
import { World } from './given-when-then-world.ts';

/**
 * A policy with every part of the story's and as few seconds as the judge allows: 15 of baseline before the first
 * weight. The steps are long enough to be broken into.
 */
export const quickPolicy = {
  steps: [
    { weight: 10, seconds: 3 },
    { weight: 50, seconds: 2 },
    { weight: 100, seconds: 1 },
  ],
  baselineSeconds: 15,
  bakeSeconds: 1,
  reportEveryMs: 200,
  scaleUpSeconds: 60,
};

export type ScenarioOptions = PlatformOptions & { policy?: Record<string, unknown> };

/**
 * One platform with the shop and its traffic for all tests of a file, and the words to tell what happens to it (a tuple:
 * an object with a `then` would be awaited by mistake):
 * `const [given, when, then] = scenario(); … await given.aSettledShop(); await when.release('orders', 'v2'); await then.rolloutEnds('promoted');`
 */
export function scenario(options: ScenarioOptions = {}) {
  const { policy, ...platformOptions } = options;
  const world = new World();
  let platform: Platform | undefined;
  let shop: Shop | undefined;
  beforeAll(async () => {
    process.env['WEIR_RUN_FILE'] = join(mkdtempSync(join(tmpdir(), 'weir-e2e-')), 'run.json');
    platform = await startPlatform(platformOptions);
    shop = await openShop(platform, { ...quickPolicy, ...policy });
    world.enter(platform, shop);
  });
  afterEach(({ task }) => {
    if (task.result?.state !== 'fail' || platform === undefined) return;
    const failures = shop?.load.failures().slice(-5) ?? [];
    console.error(`Logs: ${platform.directory} and ${join(platform.directory, 'logs')}`, failures);
  });
  afterAll(async () => {
    await shop?.close();
    await platform?.stop();
  });
  return [givens(world), whens(world), thens(world), world] as const;
}
