import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { inParallel } from './in-parallel.ts';
import { loadDeclaredMesh } from './mesh-view.ts';
import type { ProxyItems } from './proxy-items.ts';
import { proxyStore } from './proxy-store.ts';
import { type Revision, revisionStore } from './revision-store.ts';
import type { Table } from './table.ts';

/** One task's proxy, as operators see it. */
export interface ProxyState {
  readonly kind: ProxyId['kind'];
  readonly name: string;
  readonly task: string;
  readonly deployment: string;
  readonly lastStatus: string;
  /** The published revision, and the one its Envoy has confirmed (0: none yet). */
  readonly desiredRev: number;
  readonly appliedRev: number;
  /** Epoch milliseconds. */
  readonly ackedAt?: number;
  readonly ready: boolean;
  /** How many places of the last push to it do not act as written: 20 stands for more. */
  readonly findings: number;
  readonly rejected?: { readonly rev: number; readonly type: string; readonly text: string };
  /** What the sidecar cannot do of what it was told, though Envoy refused nothing: a certificate its task role may not export. */
  readonly problems?: readonly string[];
  readonly agent: string;
  readonly envoy: string;
}

const READS_AT_ONCE = 16;

/** Every task of every virtual node and gateway declared in a mesh; `undefined` when there is no such mesh. */
export async function listProxies(
  table: Table,
  owner: string,
  mesh: string,
): Promise<readonly ProxyState[] | undefined> {
  const { resources } = await loadDeclaredMesh(table, owner, mesh);
  if (!resources.some(({ kind }) => kind === 'mesh')) return undefined;
  const proxies = resources.flatMap(({ kind, name }): ProxyId[] => {
    if (kind === 'virtualNode') return [{ owner, mesh, kind: 'vn', name }];
    return kind === 'virtualGateway' ? [{ owner, mesh, kind: 'vg', name }] : [];
  });
  const states = await inParallel(proxies, READS_AT_ONCE, async (proxy) => {
    const [items, revision] = await Promise.all([proxyStore(table).items(proxy), revisionStore(table).get(proxy)]);
    return statesOf(proxy, items, revision);
  });
  return states.flat();
}

function statesOf(
  { kind, name }: ProxyId,
  { tasks, sidecars }: ProxyItems,
  revision: Revision | undefined,
): readonly ProxyState[] {
  const desired = { desiredRev: revision?.rev ?? 0, findings: revision?.findings.length ?? 0 };
  return tasks.map(({ task, deployment, lastStatus }) => {
    const {
      appliedRev = 0,
      ready = false,
      agent = '',
      envoy = '',
      ackedAt,
      rejected,
      problems,
    } = sidecars.get(task) ?? {};
    const state = { kind, name, task, deployment, lastStatus, ...desired, appliedRev, ready, agent, envoy };
    return {
      ...state,
      ...(ackedAt !== undefined && { ackedAt }),
      ...(rejected !== undefined && { rejected }),
      ...(problems !== undefined && { problems }),
    };
  });
}
