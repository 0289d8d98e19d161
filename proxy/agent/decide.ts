import { inflateRawSync } from 'node:zlib';
import { PROTOCOL } from '#mesh/wire/names.ts';
import { type News, resourcesHash, type Snapshot, type WireResources } from '#mesh/wire/snapshot.ts';

/** What to do about news. `report`: nothing is new, but the control plane asks for a fresh ack. */
export type Decision =
  | { readonly kind: 'drop' | 'report' | 'fetch' }
  | { readonly kind: 'apply'; readonly snapshot: Snapshot }
  | { readonly kind: 'unsupported'; readonly v: unknown };

/**
 * What news mean to an agent that holds `held`. Duplicates and late news are dropped; a delta on exactly what is held is
 * applied when its hash comes out right; all else is answered by reading the snapshot, so no loss or disorder does harm.
 */
export function decide(held: Snapshot | undefined, news: News): Decision {
  if (!isSupported(news.v)) return { kind: 'unsupported', v: news.v };
  const current = held?.rev ?? 0;
  if (news.rev <= current) return { kind: news.kind === 'pointer' && news.resend === true ? 'report' : 'drop' };
  if (news.kind !== 'delta' || held === undefined || news.base !== current) return { kind: 'fetch' };
  const snapshot = patch(held, news);
  if (snapshot === undefined) return { kind: 'fetch' };
  return resourcesHash(snapshot.resources, snapshot.telemetry) === news.hash
    ? { kind: 'apply', snapshot }
    : { kind: 'fetch' };
}

/**
 * Whether a snapshot read from S3 replaces `held`. A lower revision does so only when it is lower than what was held before
 * the read began (`before`): S3 is written before news go out, so that means a control plane that started afresh.
 */
export function replaces(read: Snapshot, held: Snapshot | undefined, before: number): boolean {
  if (held === undefined) return true;
  return read.rev > held.rev || (read.rev < before && read.hash !== held.hash);
}

/** Whether this agent reads protocol version `v`. */
export function isSupported(v: unknown): boolean {
  return typeof v === 'number' && v >= PROTOCOL.min && v <= PROTOCOL.max;
}

/** `held` with a delta applied, its hash not checked; `undefined` for a delta that cannot be read. */
function patch(held: Snapshot, delta: Extract<News, { kind: 'delta' }>): Snapshot | undefined {
  const { rev, hash, telemetry } = delta;
  const changed = inflated(delta.changed);
  if (changed === undefined) return undefined;
  const types = new Set([...Object.keys(held.resources), ...Object.keys(changed)]);
  const entries = [...types].map((type) => {
    const named = new Map(Object.entries({ ...held.resources[type], ...changed[type] }));
    for (const name of delta.removed[type] ?? []) named.delete(name);
    return [type, Object.fromEntries(named)] as const;
  });
  const resources: WireResources = Object.fromEntries(entries.filter(([, named]) => Object.keys(named).length > 0));
  return { ...held, rev, hash, resources, telemetry };
}

/** The most a message may hold when it is unpacked: far above any that fits news, far below what would hurt the task. */
const MOST_BYTES = 4 * 1024 * 1024;

function inflated(changed: WireResources): WireResources | undefined {
  const plain = (body: string) =>
    inflateRawSync(Buffer.from(body, 'base64'), { maxOutputLength: MOST_BYTES }).toString('base64');
  const unpacked = (named: WireResources[string]) =>
    Object.entries(named).map(([name, { version, body }]) => [name, { version, body: plain(body) }] as const);
  try {
    return Object.fromEntries(
      Object.entries(changed).map(([type, named]) => [type, Object.fromEntries(unpacked(named))]),
    );
  } catch {
    return undefined;
  }
}
