import { startPlatform } from '../../local/platform.ts';
import { runRelease } from '../../local/story/release.ts';
import { openShop, type Shop } from '../../local/story/shop.ts';
import type { Release } from '../../local/story/story-file.ts';
import { CanarySeconds, continued } from './canary-seconds.ts';
import { everyMinute, everyTenSeconds, type FixedThreshold, ruleEnding } from './fixed-threshold.ts';
import { table } from './table.ts';

/** Bad releases: what part of its requests each fails. */
const canaries = [
  { version: 'dead', failPercent: 100 },
  { version: 'fifth', failPercent: 20 },
  { version: 'twentieth', failPercent: 5 },
] as const;

/** Requests a second to the service; a tenth goes to the canary. */
const LEVELS = [10, 50, 250] as const;
const WEIGHT = 10;

/** Longer than the rarest failure at the least traffic takes to be found in all but one of some hundred runs. */
const LONGEST_SECONDS = 900;

const policy = {
  steps: [
    { weight: WEIGHT, seconds: LONGEST_SECONDS },
    { weight: 100, seconds: 1 },
  ],
  baselineSeconds: 30,
  bakeSeconds: 1,
  reportEveryMs: 1000,
  latency: {},
  scaleUpSeconds: 90,
};

interface Case {
  readonly version: string;
  readonly failPercent: number;
  readonly perSecond: number;
  readonly release: Release;
  readonly seconds: CanarySeconds;
}

/**
 * Releases versions that fail all, a fifth and a twentieth of their requests, at three levels of traffic, and prints how long
 * each took to weight 0 on every sidecar and what that cost, next to fixed thresholds over the same canary traffic. Answers
 * whether every one was rolled back: seconds are for the reader, a busy machine has others.
 */
export async function rollbackBench(): Promise<boolean> {
  const platform = await startPlatform({ images: Object.fromEntries(canaries.map(image)) });
  try {
    const shop = await openShop(platform, policy);
    const cases: Case[] = [];
    for (const perSecond of LEVELS)
      for (const canary of canaries) {
        console.log(`a canary that fails ${canary.failPercent} % of a tenth of ${perSecond} requests/s ...`);
        cases.push(await released(shop, canary, perSecond));
      }
    await shop.close();
    console.log(`\n${report(cases)}`);
    return cases.every(({ release }) => release.outcome === 'rolledBack' && release.zeroAckedAt !== undefined);
  } finally {
    await platform.stop();
  }
}

function image({ version, failPercent }: (typeof canaries)[number]) {
  const env = { VERSION: version, FAIL_PERCENT: String(failPercent), FAIL_SEED: 'any' };
  return [`shop/orders:${version}`, { command: ['node', 'local/shop/orders.ts'], env }] as const;
}

async function released(shop: Shop, canary: (typeof canaries)[number], perSecond: number): Promise<Case> {
  shop.load.pace(perSecond);
  const seconds = new CanarySeconds();
  const watcher = {
    released: () => {},
    look: (_: unknown, now: Parameters<CanarySeconds['look']>[0]) => seconds.look(now, Date.now()),
  };
  const release = await runRelease(shop, canary.version, watcher, 2 * LONGEST_SECONDS * 1000);
  return { ...canary, perSecond, release, seconds };
}

function report(cases: readonly Case[]): string {
  const rows = cases.map(({ version: _, failPercent, perSecond, release, seconds }) => [
    `${failPercent} %`,
    String(perSecond),
    sinceWeight(release),
    release.secondsToZero?.toFixed(1) ?? '-',
    `${release.canary.failed} of ${release.canary.requests}`,
    `${release.client.failed} of ${release.client.requests}`,
    fixed(everyTenSeconds, seconds, failPercent),
    fixed(everyMinute, seconds, failPercent),
  ]);
  const heads = [
    ...['fails', 'req/s', 's from weight', 's from 1st failure', 'canary failures', 'client failures'],
    ...['10 s x 3, 99 %', '60 s x 5, 99 %'],
  ];
  return `${table(heads, rows)}

s from weight, from 1st failure: until the last required sidecar confirmed weight 0. Fixed thresholds: seconds and failed
requests until the rule had rolled back (no shield: a client sees each), over the canary's recorded seconds and then as many
requests a second with the failures it was made for, since the judge left no more of them.`;
}

/** From the first weight to weight 0 everywhere. */
function sinceWeight({ steps: [first], zeroAckedAt }: Release): string {
  return first === undefined || zeroAckedAt === undefined ? '-' : ((zeroAckedAt - first.appliedAt) / 1000).toFixed(1);
}

/** `30 s, 28 failed`, or `never` (within an hour of the same traffic). */
function fixed(rule: FixedThreshold, recorded: CanarySeconds, failPercent: number): string {
  const { seconds, failed } = ruleEnding(rule, continued(recorded.seconds(), failPercent, 3600));
  return Number.isFinite(seconds) ? `${seconds} s, ${failed} failed` : 'never';
}
