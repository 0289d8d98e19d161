import { isDeepStrictEqual } from 'node:util';
import type { GoodHosts } from '#mesh/last-good.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import { type News, resourcesHash, type Snapshot } from '#mesh/wire/snapshot.ts';
import { newsOf, sameNumbers } from './news.ts';
import type { ReadSnapshot, SnapshotStore, StoredSnapshot } from './snapshot-store.ts';

/** What a proxy is to be told: a snapshot without its number, and what of it may be kept later. */
export interface SnapshotContent extends Pick<Snapshot, 'resources' | 'telemetry' | 'appPorts'> {
  readonly good: GoodHosts;
}

/** The content to store in the place of what is stored. */
export type ContentOver = (stored: StoredSnapshot | undefined) => SnapshotContent;

/** The revision that carries the content, and the news of it when this call stored it. */
export interface StoredRevision {
  readonly rev: number;
  readonly hash: string;
  readonly good: GoodHosts;
  readonly news?: News;
}

/** What a write starts from. */
export interface StoreBase {
  /** The number given out for it. */
  readonly next: number;
  /** The stored snapshot, read at any time since: a write over something else than was read does not happen. */
  readonly read: ReadSnapshot | undefined;
}

/** Writers of one proxy that may lose to one another in a row; each loss means that another one got through. */
const ATTEMPTS = 20;

/** So many writers came between that this one gave up; its outbox item has it tried again. */
export class SnapshotContentionError extends Error {
  override readonly name = 'SnapshotContention';
}

/**
 * Stores content as revision `next` unless a writer with a higher number was faster (its content is newer) or the stored
 * content is the same (its revision stays). Either way, no writer with a lower number replaces it afterwards.
 */
export async function storeSnapshot(
  snapshots: SnapshotStore,
  proxy: ProxyId,
  { next, read }: StoreBase,
  contentOver: ContentOver,
): Promise<StoredRevision> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const base = attempt === 0 ? read : await snapshots.get(proxy);
    const content = contentOver(base?.snapshot);
    const hash = resourcesHash(content.resources, content.telemetry);
    const snapshot = { v: 1, proxy: proxyKey(proxy), rev: next, hash, ...content } as const;
    const stored = await attemptToStore(snapshots, proxy, snapshot, base);
    if (stored !== undefined) return stored;
  }
  throw new SnapshotContentionError(
    `The snapshot of ${proxyKey(proxy)} changed ${ATTEMPTS} times while it was written.`,
  );
}

/** At most one conditional write; `undefined` when another writer came between it and what was read. */
async function attemptToStore(
  snapshots: SnapshotStore,
  proxy: ProxyId,
  snapshot: Snapshot & SnapshotContent,
  read: ReadSnapshot | undefined,
): Promise<StoredRevision | undefined> {
  const stored = read?.snapshot;
  const { rev: next, hash, good } = snapshot;
  if (stored !== undefined && stored.checked >= next)
    return { rev: stored.rev, hash: stored.hash, good: stored.good ?? {} };
  if (stored !== undefined && isSame(stored, snapshot)) {
    // Without a number between, no writer is on its way that this mark would have to stop.
    const isMarked = isDeepStrictEqual(stored.good, good) && stored.checked + 1 === next;
    const isStored = isMarked || (await snapshots.put(proxy, { ...stored, good, checked: next }, read));
    return isStored ? { rev: stored.rev, hash, good } : undefined;
  }
  const isStored = await snapshots.put(proxy, { ...snapshot, checked: next }, read);
  return isStored ? { rev: next, hash, good, news: newsOf(stored, snapshot) } : undefined;
}

/** Whether the bucket holds this content. */
export function isStored(read: ReadSnapshot | undefined, contentOver: ContentOver): boolean {
  const { resources, telemetry, appPorts } = contentOver(read?.snapshot);
  return read !== undefined && isSame(read.snapshot, { hash: resourcesHash(resources, telemetry), appPorts });
}

function isSame(stored: Snapshot, { hash, appPorts }: Pick<Snapshot, 'hash' | 'appPorts'>): boolean {
  return stored.hash === hash && sameNumbers(stored.appPorts, appPorts);
}
