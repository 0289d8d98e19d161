import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { type Platform, startPlatform } from '../platform.ts';
import { stopSignal } from '../stop-signal.ts';
import { handsOn } from './by-hand.ts';
import { failureReport } from './failure-report.ts';
import { showTraffic } from './live-line.ts';
import { localPolicy } from './local-policy.ts';
import { Screen } from './screen.ts';
import { openShop, REQUESTS_PER_SECOND, type Shop } from './shop.ts';
import { MESH } from './shop-mesh.ts';
import { CLUSTER } from './shop-services.ts';
import { idle, type Scene, showRolloutsByHand, tellStory } from './story.ts';
import { STORY_FILE, writeStory } from './story-file.ts';
import { brokenPromises } from './verdict.ts';

const options = { exit: { type: 'boolean', default: false } } as const;
const screen = new Screen(process.stdout, process.env);
const interrupted = new AbortController();
void stopSignal().then(() => interrupted.abort());
let concluded: number | undefined;

// Not `exitCode`: after Ctrl-C the story's own waits are still open, for a platform that is gone.
process.exit(await run(parseArgs({ options }).values.exit));

/** The whole of `npm start`; answers the exit code: 0 when every promise held, 130 when it was interrupted before. */
async function run(exitAfterwards: boolean): Promise<number> {
  const started = performance.now();
  await using held = new AsyncDisposableStack();
  let platform: Platform | undefined;
  screen.event('platform', 'starting: AWS stand-ins, the real template, ECS');
  try {
    platform = await startPlatform();
    held.defer(platform.stop);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    screen.event('platform', `up after ${seconds} s; logs in ${relative('', platform.directory)}`);
    return await untilInterrupted(show(platform, held, exitAfterwards));
  } catch (error) {
    screen.event('failed', { text: error instanceof Error ? error.message : String(error), tone: 'bad' });
    if (platform) screen.text(failureReport([], platform.directory));
    return 1;
  } finally {
    screen.close();
    screen.event('platform', 'stopping');
  }
}

async function show(platform: Platform, held: AsyncDisposableStack, exitAfterwards: boolean): Promise<number> {
  const shop = await openShop(platform, localPolicy, (text) => screen.event('shop', text));
  held.defer(shop.close);
  const scene: Scene = { ...idle };
  screen.event('traffic', `${REQUESTS_PER_SECOND} requests a second to orders through the gateway`);
  const line = showTraffic(screen, shop.load, scene);
  held.defer(line.stop);
  concluded = await conclude(shop, platform, line.averageRate, scene);
  if (exitAfterwards) return concluded;
  screen.text(`\n${handsOn({ region: platform.region, mesh: MESH, cluster: CLUSTER })}\n\nCtrl-C ends everything.\n`);
  await showRolloutsByHand(shop, screen, scene, platform.region, interrupted.signal);
  return concluded;
}

async function conclude(shop: Shop, platform: Platform, averageRate: () => number, scene: Scene): Promise<number> {
  const story = await tellStory(shop, screen, scene);
  await writeStory(STORY_FILE, story);
  const broken = brokenPromises(story, averageRate());
  for (const { promise, evidence } of broken)
    screen.event('broken', { text: `promised: ${promise}. Seen: ${evidence}.`, tone: 'bad' });
  if (broken.length > 0) screen.text(failureReport(shop.load.failures(), platform.directory));
  else screen.event('story', { text: 'held in every point; the figures are in .local/story.json', tone: 'good' });
  return broken.length > 0 ? 1 : 0;
}

/** The result of `work`, or as soon as somebody presses Ctrl-C that of the story, or 130 if it was not over. */
function untilInterrupted(work: Promise<number>): Promise<number> {
  const { signal } = interrupted;
  return new Promise((settled, rejected) => {
    work.then(settled, rejected);
    if (signal.aborted) settled(concluded ?? 130);
    signal.addEventListener('abort', () => settled(concluded ?? 130));
  });
}
