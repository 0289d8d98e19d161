import { type Endpoint, EXPLICIT_INGRESS_PORT } from '#mesh/model/endpoint.ts';
import type { Split } from '#mesh/model/split.ts';
import { declaredCluster, distinct } from './declared-discovery.ts';
import { canaryCluster, egressCluster, shieldedCluster } from './names.ts';
import type { NodeListener } from './node-listener.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { EndpointIr } from './proxy-ir.ts';
import { type UpstreamIr, upstream } from './upstream.ts';
import { type VariantWeights, variantWeights } from './variant-weights.ts';

/** The clusters that reach one listener of a virtual node, by the variants that serve it. */
export interface NodeCluster {
  readonly stable: string;
  readonly canary?: Pick<NonNullable<Split['canary']>, 'audience' | 'mirror'> & {
    readonly cluster: string;
    readonly shield?: string;
    readonly weights: VariantWeights;
  };
}

/** Adds the clusters of a node's listener to the draft; `undefined`, with a finding, when there is no way to reach the node. */
export function addNodeCluster(draft: ProxyDraft, target: NodeListener): NodeCluster | undefined {
  const { node, listener } = target;
  const { protocol, port } = listener.portMapping;
  const name = egressCluster(draft.index.view.mesh, node.name, protocol, port);
  const way = upstream(draft, name, target);
  const split = draft.index.view.splits.get(node.name);
  if (split !== undefined) return addVariants(draft, target, name, way, split);
  const declared = declaredCluster(draft, name, target, way);
  if (declared === undefined) return undefined;
  draft.clusters.set(name, declared);
  return { stable: name };
}

function addVariants(
  draft: ProxyDraft,
  target: NodeListener,
  stable: string,
  way: UpstreamIr,
  split: Split,
): NodeCluster {
  const stableEndpoints = endpointsOfStable(draft, target, split);
  draft.clusters.set(stable, { kind: 'eds', name: stable, endpoints: stableEndpoints, ...way });
  const { canary } = split;
  if (canary === undefined) return { stable };
  const cluster = canaryCluster(stable);
  const endpoints = endpointsOf(draft, target, [canary.deployment]);
  draft.clusters.set(cluster, { kind: 'eds', name: cluster, endpoints, ...way });
  const shield = isShielded(canary, target) ? { shield: shieldedCluster(stable) } : {};
  if (shield.shield !== undefined)
    draft.clusters.set(shield.shield, { kind: 'shield', name: shield.shield, canary: cluster, stable });
  addCanary(draft, target, canary, { stable, canary: cluster, ...shield });
  const weights = variantWeights(canary, { stable: stableEndpoints.length, canary: endpoints.length });
  if (weights.moved !== undefined) report(draft, 'degraded', { resource: target.node, path: 'spec' }, weights.moved);
  return { stable, canary: { cluster, ...shield, weights, ...(weights.moved === undefined && chosenBy(canary)) } };
}

/** A connection cannot be sent again, and a copy needs no second chance. */
function isShielded({ shield, mirror }: NonNullable<Split['canary']>, { listener }: NodeListener): boolean {
  return shield !== 'off' && !mirror && listener.portMapping.protocol !== 'tcp';
}

/** Which requests are the canary's. With one variant alone there is nothing to choose. */
function chosenBy({
  audience,
  mirror,
}: NonNullable<Split['canary']>): Pick<NonNullable<Split['canary']>, 'audience' | 'mirror'> {
  return { ...(audience && { audience }), ...(mirror && { mirror }) };
}

function addCanary(
  draft: ProxyDraft,
  { node, listener }: NodeListener,
  { rollout, reportEveryMs }: NonNullable<Split['canary']>,
  clusters: { readonly stable: string; readonly canary: string; readonly shield?: string },
): void {
  const counts = listener.portMapping.protocol === 'tcp' ? { counts: 'connections' as const } : {};
  draft.canaries.set(clusters.stable, { node: node.name, rollout, everyMs: reportEveryMs, clusters, ...counts });
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
  return distinct(members.map((member) => endpoint(member, target)));
}

/** Peers dial the application's own port where iptables brings them to Envoy, else the port Envoy itself listens on. */
function endpoint({ address, interception, availabilityZone }: Endpoint, target: NodeListener): EndpointIr {
  const { listener, position } = target;
  const port = interception === 'transparent' ? listener.portMapping.port : EXPLICIT_INGRESS_PORT + position;
  return availabilityZone === undefined ? { address, port } : { address, port, zone: availabilityZone };
}
