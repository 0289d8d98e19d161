import { rollbackCommand } from './by-hand.ts';
import { type ReleaseWatcher, runRelease } from './release.ts';
import { count, type Note, rolloutNotes } from './rollout-notes.ts';
import type { Screen } from './screen.ts';
import type { Shop } from './shop.ts';
import type { Release, Story } from './story-file.ts';
import { expectations } from './verdict.ts';
import { watchRollout } from './watch-rollout.ts';
import type { Rollout } from './weir-api.ts';

/** What the live line says besides the counts; there is no bar without a rollout. */
export type Scene = { subject: string; weight: number | undefined; doing: string };

/** Between rollouts. */
export const idle: Scene = { subject: 'orders', weight: undefined, doing: '' };

/** Releases every version of the story in turn and shows what becomes of each; the whole story is the answer. */
export async function tellStory(shop: Shop, screen: Screen, scene: Scene): Promise<Story> {
  const releases: Release[] = [];
  for (const { revision, about } of expectations) {
    const release = await runRelease(shop, revision, releaseWatcher(shop, screen, scene, `orders ${revision}`, about));
    screen.event(`orders ${revision}`, clientNote(release));
    releases.push(release);
    Object.assign(scene, idle);
  }
  return { releases };
}

function releaseWatcher(shop: Shop, screen: Screen, scene: Scene, subject: string, about: string): ReleaseWatcher {
  const start = shop.load.counts();
  return {
    released: () => screen.event(subject, `released: ${about}`),
    look(before, now) {
      Object.assign(scene, { subject, weight: now.weight, doing: inWords(now.phase) });
      const { requests, failed } = shop.load.counts();
      const counts = `; ${count(requests - start.requests)} requests, ${count(failed - start.failed)} failed`;
      for (const note of rolloutNotes(before, now)) screen.event(subject, withCounts(note, counts));
    },
  };
}

/** `awaitingAcks` is a name of the API; people read `awaiting acks`. */
const inWords = (phase: string): string => phase.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** A line with a bar also says what the client has seen so far. */
const withCounts = (note: Note, counts: string): Note =>
  note.weight === undefined ? note : { ...note, text: note.text + counts };

function clientNote({ client, secondsToZero }: Release): Note {
  const { requests, failed } = client;
  const zero =
    secondsToZero === undefined ? '' : `; ${secondsToZero.toFixed(1)} s from its first failure to weight 0 everywhere`;
  return {
    text: `clients sent ${count(requests)} requests meanwhile, ${count(failed)} failed${zero}`,
    tone: failed === 0 ? 'good' : 'plain',
  };
}

const LOOK_FOR_NEW_MS = 1_000;
const BY_HAND_TIMEOUT_MS = 24 * 3600_000;

/** Shows every rollout that somebody starts by hand, until `signal` aborts; an API that fails is asked again. */
export async function showRolloutsByHand(
  shop: Shop,
  screen: Screen,
  scene: Scene,
  region: string,
  signal: AbortSignal,
): Promise<void> {
  const shown = new Set<string>();
  while (!signal.aborted) {
    const running = await shop.api.running().catch((): Rollout[] => []);
    for (const { id, service } of running) {
      if (shown.has(id)) continue;
      shown.add(id);
      const subject = service.split('/').at(-1) ?? id;
      screen.event(subject, `rollout ${id} began; this takes it back:`);
      screen.text(`  ${rollbackCommand(region, id)}`);
      const watcher = releaseWatcher(shop, screen, scene, subject, '');
      void watchRollout(shop.api, id, BY_HAND_TIMEOUT_MS, watcher.look)
        .catch(() => {})
        .finally(() => Object.assign(scene, idle));
    }
    await new Promise((again) => setTimeout(again, LOOK_FOR_NEW_MS));
  }
}
