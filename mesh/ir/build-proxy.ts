import type { Interception } from '#mesh/model/endpoint.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { reportAccessLog } from './access-log.ts';
import { distinctHosts } from './distinct-hosts.ts';
import { nodeEgress } from './egress.ts';
import { type Finding, sortedFindings } from './finding.ts';
import { gatewayTraffic } from './gateway.ts';
import type { HostOrigin } from './host-origin.ts';
import { appPorts, nodeIngress, type Traffic } from './ingress.ts';
import { ipPreference, takesIpv6 } from './ip-preference.ts';
import { idIn, indexMesh } from './mesh-index.ts';
import { newDraft, type ProxyDraft, report } from './proxy-draft.ts';
import type { ProxyIr } from './proxy-ir.ts';

/** What a compilation needs to know beside the mesh. */
export interface BuildOptions {
  /** How the proxy's own tasks meet their Envoy. */
  readonly interception: Interception;
}

/** What a proxy must do, and every place in the specs that could not be honoured as written. */
export interface BuiltProxy {
  readonly ir: ProxyIr;
  readonly findings: readonly Finding[];
  /** Where the virtual hosts come from that lead to declared services, by name. */
  readonly origins: ReadonlyMap<string, HostOrigin>;
}

const SILENCE: Traffic = { listeners: [], routeConfigurations: [] };

/**
 * Builds what one proxy must do. Pure: the same view gives the same value whatever the order of its resources. Never
 * throws for what users wrote: a place that cannot be honoured becomes a finding and the rest still works.
 */
export function buildProxy(view: MeshView, proxy: ProxyId, { interception }: BuildOptions): BuiltProxy {
  const draft = newDraft(indexMesh(view), interception);
  const { listeners, routeConfigurations } = proxy.kind === 'vn' ? nodeTraffic(draft, proxy) : gateway(draft, proxy);
  const node = proxy.kind === 'vn' ? draft.index.nodes.get(proxy.name) : undefined;
  const both = takesIpv6(ipPreference(draft.index, node)) ? ({ takesIpv6: true } as const) : {};
  const ir: ProxyIr = {
    listeners: sorted(
      listeners.map((listener) => ({ ...listener, ...both })),
      ({ name }) => name,
    ),
    routeConfigurations: sorted(routeConfigurations, ({ name }) => name),
    clusters: sorted([...draft.clusters.values()], ({ name }) => name),
    appPorts: node === undefined ? [] : appPorts(node),
    canaries: sorted([...draft.canaries.values()], ({ clusters }) => clusters.stable),
  };
  return { ir, findings: sortedFindings(draft.findings), origins: originsOf(ir) };
}

function originsOf({ routeConfigurations }: ProxyIr): ReadonlyMap<string, HostOrigin> {
  const hosts = routeConfigurations.flatMap(({ virtualHosts }) => virtualHosts);
  return new Map(hosts.flatMap(({ name, origin }) => (origin === undefined ? [] : [[name, origin] as const])));
}

function nodeTraffic(draft: ProxyDraft, { name }: ProxyId): Traffic {
  const node = draft.index.nodes.get(name);
  if (node === undefined) return missing(draft, 'virtualNode', name);
  reportAccessLog(draft, node);
  const [ingress, egress] = [nodeIngress(draft, node), nodeEgress(draft, node)];
  return {
    listeners: [...ingress.listeners, ...egress.listeners],
    routeConfigurations: [...ingress.routeConfigurations, ...distinctHosts(draft, node, egress.routeConfigurations)],
  };
}

function gateway(draft: ProxyDraft, { name }: ProxyId): Traffic {
  const found = draft.index.gateways.get(name);
  return found === undefined ? missing(draft, 'virtualGateway', name) : gatewayTraffic(draft, found);
}

function missing(draft: ProxyDraft, kind: 'virtualNode' | 'virtualGateway', name: string): Traffic {
  report(
    draft,
    'invalid',
    { resource: idIn(draft.index, kind, name), path: '' },
    'does not exist: its proxies get nothing',
  );
  return SILENCE;
}

function sorted<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
