import { type Endpoint, EXPLICIT_INGRESS_PORT } from '#mesh/model/endpoint.ts';
import type { Resource } from '#mesh/model/resource.ts';
import type { DnsServiceDiscovery, Listener } from '#mesh/model/spec.gen.ts';
import type { Split } from '#mesh/model/split.ts';
import { canaryCluster, egressCluster, shieldedCluster } from './names.ts';
import { outlierDetection } from './outlier.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { DnsClusterIr, EdsClusterIr, EndpointIr } from './proxy-ir.ts';
import { reportUncompiledListener } from './uncompiled.ts';
import { type VariantWeights, variantWeights } from './variant-weights.ts';

/** The clusters that reach one listener of a virtual node, by the variants that serve it. */
export interface NodeCluster {
  readonly stable: string;
  readonly canary?: { readonly cluster: string; readonly shield?: string; readonly weights: VariantWeights };
}

/** One listener of a virtual node; `position` is its place in the spec, which explicit interception's ports follow. */
export interface NodeListener {
  readonly node: Resource<'virtualNode'>;
  readonly listener: Listener;
  readonly position: number;
}

/** Adds the clusters of a node's listener to the draft; `undefined`, with a finding, when there is no way to reach the node. */
export function addNodeCluster(draft: ProxyDraft, target: NodeListener): NodeCluster | undefined {
  const { node, listener, position } = target;
  const { protocol, port } = listener.portMapping;
  reportUncompiledListener(draft, node, position, 'client');
  const name = egressCluster(draft.index.view.mesh, node.name, protocol, port);
  const split = draft.index.view.splits.get(node.name);
  if (split !== undefined) return addVariants(draft, target, name, split);
  return addDnsCluster(draft, target, name);
}

function addVariants(draft: ProxyDraft, target: NodeListener, stable: string, split: Split): NodeCluster {
  const stableEndpoints = endpointsOfStable(draft, target, split);
  draft.clusters.set(stable, edsCluster(stable, target.listener, stableEndpoints));
  const { canary } = split;
  if (canary === undefined) return { stable };
  const cluster = canaryCluster(stable);
  const endpoints = endpointsOf(draft, target, [canary.deployment]);
  draft.clusters.set(cluster, edsCluster(cluster, target.listener, endpoints));
  const shield = canary.shield === 'off' ? {} : { shield: shieldedCluster(stable) };
  if (shield.shield !== undefined)
    draft.clusters.set(shield.shield, { kind: 'shield', name: shield.shield, canary: cluster, stable });
  addCanary(draft, target, canary, { stable, canary: cluster, ...shield });
  const weights = variantWeights(canary, { stable: stableEndpoints.length, canary: endpoints.length });
  if (weights.moved !== undefined) report(draft, 'degraded', { resource: target.node, path: 'spec' }, weights.moved);
  return { stable, canary: { cluster, ...shield, weights } };
}

function addCanary(
  draft: ProxyDraft,
  { node }: NodeListener,
  { rollout, reportEveryMs }: NonNullable<Split['canary']>,
  clusters: { readonly stable: string; readonly canary: string; readonly shield?: string },
): void {
  draft.canaries.set(clusters.stable, { node: node.name, rollout, everyMs: reportEveryMs, clusters });
}

function edsCluster(name: string, listener: Listener, endpoints: readonly EndpointIr[]): EdsClusterIr {
  return {
    kind: 'eds',
    name,
    protocol: listener.portMapping.protocol,
    endpoints,
    ...outlierDetection(listener.outlierDetection),
  };
}

/**
 * A node that has ready tasks is never left without one: when the stable variant has none and no canary takes its place (ECS
 * replaced every task while its events were lost), whatever is ready serves until the sweep has caught up.
 */
function endpointsOfStable(draft: ProxyDraft, target: NodeListener, split: Split): EndpointIr[] {
  const stable = endpointsOf(draft, target, split.stable);
  if (stable.length > 0 || split.canary !== undefined) return stable;
  const deployments = (draft.index.view.endpoints.get(target.node.name) ?? []).map(({ deployment }) => deployment);
  const others = endpointsOf(draft, target, deployments);
  const reason = 'the stable variant has no endpoint: tasks of deployments that nobody judged serve in its place';
  if (others.length > 0) report(draft, 'degraded', { resource: target.node, path: 'spec' }, reason);
  return others;
}

function endpointsOf(draft: ProxyDraft, target: NodeListener, deployments: readonly string[]): EndpointIr[] {
  const all = draft.index.view.endpoints.get(target.node.name) ?? [];
  const members = all.filter(({ deployment }) => deployments.includes(deployment));
  const reachable = members.map((member) => endpoint(member, target));
  const distinct = new Map(reachable.map((item) => [JSON.stringify(item), item]));
  return [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

/** Peers dial the application's own port where iptables brings them to Envoy, else the port Envoy itself listens on. */
function endpoint({ address, interception, availabilityZone }: Endpoint, target: NodeListener): EndpointIr {
  const { listener, position } = target;
  const port = interception === 'transparent' ? listener.portMapping.port : EXPLICIT_INGRESS_PORT + position;
  return availabilityZone === undefined ? { address, port } : { address, port, zone: availabilityZone };
}

function addDnsCluster(draft: ProxyDraft, { node, listener }: NodeListener, name: string): NodeCluster | undefined {
  const place = { resource: node, path: 'spec.serviceDiscovery' };
  const discovery = node.spec.serviceDiscovery;
  if (discovery === undefined) {
    report(
      draft,
      'invalid',
      place,
      'nobody can find this virtual node: it has no service discovery and no ECS service',
    );
    return undefined;
  }
  if (discovery.dns === undefined) {
    report(draft, 'unsupported', { ...place, path: `${place.path}.awsCloudMap` }, 'AWS Cloud Map is not compiled yet');
    return undefined;
  }
  draft.clusters.set(name, dnsCluster(draft, name, discovery.dns, listener));
  return { stable: name };
}

function dnsCluster(draft: ProxyDraft, name: string, dns: DnsServiceDiscovery, listener: Listener): DnsClusterIr {
  return {
    kind: 'dns',
    name,
    protocol: listener.portMapping.protocol,
    hostname: dns.hostname,
    port: listener.portMapping.port,
    addresses: dns.responseType === 'ENDPOINTS' ? 'all' : 'one',
    family: family(dns.ipPreference ?? draft.index.mesh?.spec.serviceDiscovery?.ipPreference),
    ...outlierDetection(listener.outlierDetection),
  };
}

/** App Mesh's `dns_lookup_family` for each IP preference (its IPv6 how-to's appendix). */
function family(preference: DnsServiceDiscovery['ipPreference']): DnsClusterIr['family'] {
  if (preference === 'IPv4_PREFERRED') return 'V4_PREFERRED';
  if (preference === 'IPv4_ONLY') return 'V4_ONLY';
  return preference === 'IPv6_ONLY' ? 'V6_ONLY' : 'AUTO';
}
