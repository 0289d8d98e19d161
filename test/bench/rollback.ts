import { startPlatform } from '../../local/platform.ts';
import { localPolicy } from '../../local/story/local-policy.ts';
import { runRelease } from '../../local/story/release.ts';
import { openShop } from '../../local/story/shop.ts';
import type { Release } from '../../local/story/story-file.ts';
import { median } from './median.ts';
import { table } from './table.ts';

const RELEASES = 5;

/**
 * Releases the bad version five times and prints how long each took from its first failure to weight 0 on every sidecar,
 * and what that cost. Answers whether every one was rolled back: seconds are for the reader, a busy machine has others.
 */
export async function rollbackBench(): Promise<boolean> {
  const platform = await startPlatform();
  try {
    const shop = await openShop(platform, localPolicy);
    const releases: Release[] = [];
    for (let release = 1; release <= RELEASES; release++) {
      console.log(`release ${release} of ${RELEASES} ...`);
      releases.push(await runRelease(shop, 'v3'));
    }
    await shop.close();
    console.log(`\n${report(releases)}`);
    return releases.every(({ outcome, zeroAckedAt }) => outcome === 'rolledBack' && zeroAckedAt !== undefined);
  } finally {
    await platform.stop();
  }
}

function report(releases: readonly Release[]): string {
  const rows = releases.map(({ outcome, secondsToZero, client, canary }, index) => [
    String(index + 1),
    outcome,
    secondsToZero?.toFixed(2) ?? '-',
    `${client.failed} of ${client.requests}`,
    `${canary.failed} of ${canary.requests}`,
    String(canary.shielded),
  ]);
  const measured = releases.flatMap(({ secondsToZero }) => secondsToZero ?? []);
  const heads = ['release', 'outcome', 's to weight 0', 'client failures', 'canary failures', 'shielded'];
  return `${table(heads, rows)}\n\nmedian from first failure to weight 0 everywhere: ${median(measured)?.toFixed(2) ?? '-'} s`;
}
