import { targetsOf } from '#mesh/ir/dependents.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import { inParallel } from './in-parallel.ts';
import { type DeclaredMesh, withNodes } from './mesh-view.ts';
import { interceptionOf, type ProxyItems } from './proxy-items.ts';
import { proxyStore } from './proxy-store.ts';
import type { Table } from './table.ts';

/** What runs of some proxies and of the nodes they send to, by the proxies' wire keys. */
export type RunningItems = ReadonlyMap<string, ProxyItems & { readonly proxy: ProxyId }>;

const READS_AT_ONCE = 16;

/** Reads what runs of these proxies and of every node they send to in any of these states of their mesh. */
export async function readRunning(
  table: Table,
  states: readonly DeclaredMesh[],
  proxies: readonly ProxyId[],
): Promise<RunningItems> {
  const store = proxyStore(table);
  const targets = states.flatMap((declared) =>
    targetsOf(withNodes(declared, new Map()), proxies).map((name): ProxyId => {
      return { owner: declared.owner, mesh: declared.mesh, kind: 'vn', name };
    }),
  );
  const byKey = new Map([...proxies, ...targets].map((proxy) => [proxyKey(proxy), proxy]));
  const read = await inParallel([...byKey], READS_AT_ONCE, async ([key, proxy]) => {
    return [key, { ...(await store.items(proxy)), proxy }] as const;
  });
  return new Map(read);
}

/** A declared mesh with what runs in it. */
export function viewWith(declared: DeclaredMesh, running: RunningItems): MeshView {
  const nodes = [...running.values()].filter(({ proxy }) => proxy.kind === 'vn');
  return withNodes(declared, new Map(nodes.map((items) => [items.proxy.name, items])));
}

/** How a proxy is compiled: by the way its newest task meets its Envoy. */
export const optionsFor = (proxy: ProxyId, running: RunningItems) => ({
  interception: interceptionOf(running.get(proxyKey(proxy)) ?? { tasks: [] }),
});

/** The proxies that a mesh declares, sorted by kind and name. */
export function declaredProxies({ owner, mesh, resources }: DeclaredMesh): readonly ProxyId[] {
  const proxies = resources.flatMap(({ kind, name }): ProxyId[] => {
    if (kind === 'virtualNode') return [{ owner, mesh, kind: 'vn', name }];
    return kind === 'virtualGateway' ? [{ owner, mesh, kind: 'vg', name }] : [];
  });
  return proxies.sort((a, b) => (`${a.kind}/${a.name}` < `${b.kind}/${b.name}` ? -1 : 1));
}
