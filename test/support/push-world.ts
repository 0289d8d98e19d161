import { createHash } from 'node:crypto';
import type { ProxyItems } from '#aws/proxy-items.ts';
import { meshPublisher, type PushParts } from '#aws/push-mesh.ts';
import type { Revision } from '#aws/revision-store.ts';
import type { ReadSnapshot, SnapshotStore } from '#aws/snapshot-store.ts';
import { type CompiledProxy, compile } from '#mesh/compile-proxy.ts';
import type { Finding } from '#mesh/ir/finding.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Resource } from '#mesh/model/resource.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import type { News, WireResources } from '#mesh/wire/snapshot.ts';

/** One node that calls nobody: its snapshot depends on the `state` of the mesh alone. */
export const web: ProxyId = { owner: '111122223333', mesh: 'shop', kind: 'vn', name: 'web' };

const TYPE = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';

/** The resources that a state compiles to: cluster `i` exists if bit `i` is set, and bit 4 changes them all. */
export function resourcesOf(state: number): WireResources {
  const version = String(state >> 4);
  const named = [0, 1, 2, 3].filter((bit) => state & (1 << bit)).map((bit) => [`c${bit}`, { version, body: version }]);
  return named.length === 0 ? {} : { [TYPE]: Object.fromEntries(named) };
}

export interface StoredPut {
  readonly rev: number;
  readonly hash: string;
}

/** What a push reads and writes, in memory; every access waits for `step` twice, as a request and its answer do. */
export class PushWorld {
  state = 0;
  declared: readonly string[] = ['web'];
  appPorts: readonly number[] = [8080];
  findings: readonly Finding[] = [];
  failsFor: string | undefined;
  /** A mesh that is compiled for real, in the place of `state` and `declared`. */
  resources: readonly Resource[] | undefined;
  /** What runs, by virtual node. */
  readonly running = new Map<string, ProxyItems>();
  readonly puts: StoredPut[] = [];
  readonly news: { readonly proxy: string; readonly news: News; readonly task: string | undefined }[] = [];
  readonly removed: string[] = [];
  readonly #objects = new Map<string, ReadSnapshot>();
  readonly #revisions = new Map<string, Revision>();
  readonly #step: (what: string) => Promise<void>;

  constructor(step: (what: string) => Promise<void> = async () => {}) {
    this.#step = step;
  }

  stored(proxy: ProxyId): ReadSnapshot | undefined {
    return this.#objects.get(proxyKey(proxy));
  }

  revision(proxy: ProxyId): Revision {
    return this.#revisions.get(proxyKey(proxy)) ?? { next: 0, rev: 0, findings: [] };
  }

  /** The publisher under test. */
  publisher() {
    return meshPublisher(this.#parts());
  }

  #parts(): PushParts {
    return {
      reader: {
        declared: (owner, mesh) => this.#access('declared', () => ({ owner, mesh, resources: this.#resources() })),
        items: ({ name }) => this.#access('items', () => this.running.get(name) ?? { tasks: [], sidecars: new Map() }),
      },
      snapshots: this.#snapshots(),
      revisions: {
        get: (proxy) => this.#access('revision', () => this.revision(proxy)),
        next: (proxy) => this.#access('next', () => this.#change(proxy, ({ next }) => ({ next: next + 1 }))),
        publish: (proxy, rev) =>
          this.#access('publish revision', () => {
            const isHigher = rev > this.revision(proxy).rev;
            if (isHigher) this.#change(proxy, () => ({ rev }));
            return isHigher;
          }),
        keepFindings: (proxy, findings, kept) =>
          this.#access('findings', () => void this.#change(proxy, () => ({ findings, kept }))),
      },
      news: {
        publish: (proxy, news, task) =>
          this.#access('news', () => void this.news.push({ proxy: proxyKey(proxy), news, task })),
      },
      outbox: { remove: (_owner, _mesh, id) => this.#access('outbox', () => void this.removed.push(id)) },
      compile: (view, proxy, options) =>
        this.resources === undefined
          ? this.#compile(Number(view.resources[0]?.uid), proxy)
          : compile(view, proxy, options),
      now: () => 0,
    };
  }

  #snapshots(): SnapshotStore {
    return {
      get: (proxy) => this.#access('get', () => this.stored(proxy)),
      put: (proxy, snapshot, read) =>
        this.#access('put', () => {
          if (this.stored(proxy)?.etag !== read?.etag) return false;
          const etag = createHash('md5').update(JSON.stringify(snapshot)).digest('hex');
          this.#objects.set(proxyKey(proxy), { snapshot, etag });
          this.puts.push({ rev: snapshot.rev, hash: snapshot.hash });
          return true;
        }),
    };
  }

  #compile(state: number, proxy: ProxyId): CompiledProxy {
    if (proxy.name === this.failsFor) throw new Error('the compiler has a defect');
    const resources = resourcesOf(state);
    return { resources, findings: this.findings, origins: new Map(), appPorts: this.appPorts, canaries: [] };
  }

  /** The state rides in the first resource, so that a compilation sees what was read, not what is. */
  #resources(): readonly Resource[] {
    if (this.resources !== undefined) return this.resources;
    return this.declared.map((name) => ({
      kind: 'virtualNode',
      owner: web.owner,
      mesh: web.mesh,
      name,
      spec: {},
      uid: String(this.state),
      version: 1,
      createdAt: 0,
      lastUpdatedAt: 0,
    }));
  }

  #change(proxy: ProxyId, change: (now: Revision) => Partial<Revision>): Revision {
    const now = this.revision(proxy);
    const changed = { ...now, ...change(now) };
    this.#revisions.set(proxyKey(proxy), changed);
    return changed;
  }

  async #access<T>(what: string, act: () => T): Promise<T> {
    await this.#step(what);
    const result = act();
    await this.#step(`${what} answered`);
    return result;
  }
}
