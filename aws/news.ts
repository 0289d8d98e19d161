import { deflateRawSync } from 'node:zlib';
import { MAX_NEWS_BYTES, type News, type Snapshot, type WireResources } from '#mesh/wire/snapshot.ts';

/**
 * What to tell the tasks of a proxy about a snapshot that took another's place: the difference, where it fits one billing
 * unit and carries everything that changed, else that there is something to fetch.
 */
export function newsOf(before: Snapshot | undefined, after: Snapshot): News {
  const pointer: News = { v: 1, kind: 'pointer', rev: after.rev, hash: after.hash };
  if (before === undefined || !sameNumbers(before.appPorts, after.appPorts)) return pointer;
  const delta: News = {
    v: 1,
    kind: 'delta',
    rev: after.rev,
    base: before.rev,
    hash: after.hash,
    changed: changedResources(before.resources, after.resources),
    removed: removedResources(before.resources, after.resources),
    telemetry: after.telemetry,
  };
  return Buffer.byteLength(JSON.stringify(delta)) <= MAX_NEWS_BYTES ? delta : pointer;
}

/** Whether two lists of ports hold the same numbers in the same order. */
export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

function changedResources(before: WireResources, after: WireResources): WireResources {
  return withoutEmpty(after, (type) =>
    Object.entries(after[type] ?? {})
      .filter(([name, { version }]) => before[type]?.[name]?.version !== version)
      .map(([name, { version, body }]) => [name, { version, body: deflated(body) }]),
  );
}

const deflated = (body: string): string => deflateRawSync(Buffer.from(body, 'base64'), { level: 9 }).toString('base64');

function removedResources(before: WireResources, after: WireResources): Readonly<Record<string, readonly string[]>> {
  const gone = Object.keys(before).map((type) => {
    const names = Object.keys(before[type] ?? {}).filter((name) => after[type]?.[name] === undefined);
    return [type, names] as const;
  });
  return Object.fromEntries(gone.filter(([, names]) => names.length > 0));
}

function withoutEmpty(
  of: WireResources,
  entries: (type: string) => [string, WireResources[string][string]][],
): WireResources {
  const types = Object.keys(of).map((type) => [type, Object.fromEntries(entries(type))] as const);
  return Object.fromEntries(types.filter(([, named]) => Object.keys(named).length > 0));
}
