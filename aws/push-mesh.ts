import { isDeepStrictEqual } from 'node:util';
import { compile as compileProxy } from '#mesh/compile-proxy.ts';
import { clientsOf, dependents, targetsOf } from '#mesh/ir/dependents.ts';
import { livingAddresses } from '#mesh/ir/living-addresses.ts';
import { keptHosts } from '#mesh/kept-findings.ts';
import { keepLastGood } from '#mesh/last-good.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { ResourceId } from '#mesh/model/resource.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import type { Clock, MeshPush, PushedProxy } from '#rollouts/ports.ts';
import { inParallel } from './in-parallel.ts';
import { type DeclaredMesh, withNodes } from './mesh-view.ts';
import type { NewsPublisher } from './news-publisher.ts';
import type { Outbox } from './outbox.ts';
import { interceptionOf, type ProxyItems } from './proxy-items.ts';
import { MOST_FINDINGS, type Revision, type RevisionStore } from './revision-store.ts';
import type { ReadSnapshot, SnapshotStore } from './snapshot-store.ts';
import { type ContentOver, isStored, type StoredRevision, storeSnapshot } from './store-snapshot.ts';

/** Consistent reads of what is declared and of what runs. */
export interface MeshReader {
  declared(owner: string, mesh: string): Promise<DeclaredMesh>;
  items(proxy: ProxyId): Promise<ProxyItems>;
}

/** What a push stands on. */
export interface PushParts {
  readonly reader: MeshReader;
  readonly snapshots: SnapshotStore;
  readonly revisions: RevisionStore;
  readonly news: NewsPublisher;
  readonly outbox: Pick<Outbox, 'remove'>;
  readonly now: Clock;
  readonly compile?: typeof compileProxy;
}

/** A push, and what turns stored changes into pushes. */
export interface MeshPublisher extends MeshPush {
  /**
   * Pushes to every proxy that a stored change reaches, the first {@link INLINE_PROXIES} at once. Removes the outbox item
   * when that was all of them; else, and after any failure, the item stays for its reader.
   */
  publishChanges(owner: string, mesh: string, outboxId: string, changes: readonly ResourceId[]): Promise<void>;
  /** Those of them whose stored snapshot is not what is declared and running now; reads only. */
  drifted(proxies: readonly ProxyId[]): Promise<readonly ProxyId[]>;
  /** The same with no bound on their number, for the reader of the outbox. */
  publishAll(owner: string, mesh: string, outboxId: string, changes: readonly ResourceId[]): Promise<void>;
}

/** Some proxies of a push could not be brought up to date; the others were. */
export class PushError extends AggregateError {
  override readonly name = 'PushFailed';
}

/** Proxies that the function which made a change pushes to itself. */
export const INLINE_PROXIES = 25;
/** Pushes at once: each holds a snapshot in memory and two or three requests in flight. */
const PUSHES_AT_ONCE = 8;
const READS_AT_ONCE = 16;

interface Numbered {
  readonly proxy: ProxyId;
  readonly revision: Revision;
  readonly read: ReadSnapshot | undefined;
}

/** Compiles, stores and publishes (design 4.7): number first, then the read, so that a higher number never carries older state. */
export function meshPublisher(parts: PushParts): MeshPublisher {
  const push = async (proxies: readonly ProxyId[]): Promise<readonly PushedProxy[]> => {
    const byMesh = Map.groupBy(proxies, ({ owner, mesh }) => `${owner}/${mesh}`);
    const pushed = await inParallel([...byMesh.values()], 1, (some) => pushMesh(parts, some));
    return pushed.flat();
  };
  const reached = async (owner: string, mesh: string, changes: readonly ResourceId[]) =>
    dependents(withNodes(await parts.reader.declared(owner, mesh), new Map()), changes);

  return {
    push,

    async drifted(proxies) {
      const byMesh = Map.groupBy(proxies, ({ owner, mesh }) => `${owner}/${mesh}`);
      return (await inParallel([...byMesh.values()], 1, (some) => driftedIn(parts, some))).flat();
    },

    async clientsOf(node) {
      const declared = await parts.reader.declared(node.owner, node.mesh);
      return clientsOf(withNodes(declared, new Map()), node.name);
    },

    async resend(proxy, task) {
      const stored = await parts.snapshots.get(proxy);
      if (stored === undefined) return;
      const { rev, hash } = stored.snapshot;
      await parts.news.publish(proxy, { v: 1, kind: 'pointer', rev, hash, resend: true }, task);
    },

    async publishChanges(owner, mesh, outboxId, changes) {
      const proxies = await reached(owner, mesh, changes);
      await push(proxies.slice(0, INLINE_PROXIES));
      if (proxies.length <= INLINE_PROXIES) await parts.outbox.remove(owner, mesh, outboxId);
    },

    async publishAll(owner, mesh, outboxId, changes) {
      await push(await reached(owner, mesh, changes));
      await parts.outbox.remove(owner, mesh, outboxId);
    },
  };
}

async function driftedIn(parts: PushParts, proxies: readonly ProxyId[]): Promise<readonly ProxyId[]> {
  const [first] = proxies;
  if (first === undefined) return [];
  const { view, items } = await loadFor(parts.reader, first, proxies);
  const compared = await inParallel(proxies, PUSHES_AT_ONCE, async (proxy) => {
    const read = await parts.snapshots.get(proxy);
    const { contentOver } = compileFor(parts, view, items, proxy);
    return isDeclared(view, proxy) && !isStored(read, contentOver) ? [proxy] : [];
  });
  return compared.flat();
}

/** One load serves all proxies of a mesh: it comes after each of their numbers was given out. */
async function pushMesh(parts: PushParts, proxies: readonly ProxyId[]): Promise<readonly PushedProxy[]> {
  const [first] = proxies;
  if (first === undefined) return [];
  const numbered = await inParallel(proxies, PUSHES_AT_ONCE, (proxy) => number(parts, proxy));
  const { view, items } = await loadFor(parts.reader, first, proxies);
  const failures: unknown[] = [];
  const pushed = await inParallel(numbered, PUSHES_AT_ONCE, (one) =>
    pushProxy(parts, view, items, one).catch((cause: unknown) => {
      failures.push(new Error(`The push to ${proxyKey(one.proxy)} failed.`, { cause }));
      return undefined;
    }),
  );
  if (failures.length > 0)
    throw new PushError(failures, `${failures.length} of ${proxies.length} proxies could not be brought up to date.`);
  return pushed.flatMap((one) => one ?? []);
}

/** The snapshot is read here only to save a round trip later: a write over anything else fails and is done again. */
async function number({ revisions, snapshots }: PushParts, proxy: ProxyId): Promise<Numbered> {
  const [revision, read] = await Promise.all([revisions.next(proxy), snapshots.get(proxy)]);
  return { proxy, revision, read };
}

async function loadFor(reader: MeshReader, { owner, mesh }: ProxyId, proxies: readonly ProxyId[]) {
  const declared = await reader.declared(owner, mesh);
  const nodes = targetsOf(withNodes(declared, new Map()), proxies);
  const ids = [...proxies, ...nodes.map((name): ProxyId => ({ owner, mesh, kind: 'vn', name }))];
  const byKey = new Map(ids.map((id) => [proxyKey(id), id]));
  const read = await inParallel([...byKey], READS_AT_ONCE, async ([key, id]) => [key, await reader.items(id)] as const);
  const items = new Map(read);
  const ofNodes = nodes.flatMap((name) => {
    const found = items.get(proxyKey({ owner, mesh, kind: 'vn', name }));
    return found === undefined ? [] : [[name, found] as const];
  });
  return { view: withNodes(declared, new Map(ofNodes)), items };
}

async function pushProxy(
  parts: PushParts,
  view: MeshView,
  items: ReadonlyMap<string, ProxyItems>,
  numbered: Numbered,
): Promise<PushedProxy | undefined> {
  const { proxy, revision, read } = numbered;
  if (!isDeclared(view, proxy) && read === undefined) return undefined;
  const { findings, origins, contentOver } = compileFor(parts, view, items, proxy);
  const stored = await storeSnapshot(parts.snapshots, proxy, { next: revision.next, read }, contentOver);
  await announce(parts, numbered, stored);
  const seen = { findings: findings.slice(0, MOST_FINDINGS), kept: keptHosts(origins, stored.good) };
  if (!isDeepStrictEqual(seen, { findings: revision.findings, kept: revision.kept ?? [] }))
    await parts.revisions.keepFindings(proxy, findings, seen.kept);
  return { proxy, rev: stored.rev };
}

function compileFor(parts: PushParts, view: MeshView, items: ReadonlyMap<string, ProxyItems>, proxy: ProxyId) {
  const interception = interceptionOf(items.get(proxyKey(proxy)) ?? { tasks: [] });
  const compiled = (parts.compile ?? compileProxy)(view, proxy, { interception });
  const { findings, canaries, resources, origins, appPorts } = compiled;
  const telemetry = canaries.map(({ node: _, ...order }) => order);
  const now = { resources, telemetry, origins, living: livingAddresses(view) };
  const contentOver: ContentOver = (stored) => ({ ...keepLastGood(stored, now), telemetry, appPorts });
  return { findings, origins, contentOver };
}

/**
 * Publishes what this call stored, or a revision whose writer died between storing and publishing it. The number for the
 * poll lane, which makes good a lost message, and the message go out side by side.
 */
async function announce({ revisions, news, now }: PushParts, { proxy, revision }: Numbered, stored: StoredRevision) {
  const { rev, hash } = stored;
  if (revision.rev >= rev) return;
  const message = stored.news ?? { v: 1, kind: 'pointer', rev, hash };
  await Promise.all([revisions.publish(proxy, rev, now()), news.publish(proxy, message)]);
}

function isDeclared({ resources }: MeshView, proxy: ProxyId): boolean {
  const kind = proxy.kind === 'vn' ? 'virtualNode' : 'virtualGateway';
  return resources.some((resource) => resource.kind === kind && resource.name === proxy.name);
}
