import type { Resource } from '#mesh/model/resource.ts';
import type { WeightedTarget } from '#mesh/model/spec.gen.ts';
import type { SpecPath } from './finding.ts';
import { addNodeCluster, type NodeCluster, type NodeListener } from './node-cluster.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { TargetIr } from './proxy-ir.ts';
import { isCompiledProtocol } from './uncompiled.ts';
import { WHOLE } from './variant-weights.ts';

interface Reached extends NodeCluster {
  readonly weight: number;
}

/**
 * The clusters behind weighted targets, with integer weights. While any target has a canary, each route weight is
 * multiplied by 10,000, so that a split's basis points divide it exactly. Targets that cannot be reached are reported
 * and left out; weights of 0 stay, which keeps their clusters warm.
 */
export function weightedTargets(
  draft: ProxyDraft,
  declared: readonly WeightedTarget[],
  routerPort: number,
  place: SpecPath,
): TargetIr[] {
  const reached = declared.flatMap((target, i): Reached[] => {
    const at = { ...place, path: `${place.path}[${i}]` };
    const cluster = reach(draft, target, routerPort, at);
    return cluster === undefined ? [] : [{ ...cluster, weight: target.weight }];
  });
  const scale = reached.some(({ canary }) => canary !== undefined) ? WHOLE : 1;
  return merged(reached.flatMap((target) => variants(target, scale)));
}

/** A node's clusters when it is a virtual service's provider itself: the same as one target that gets everything. */
export function wholeNode(draft: ProxyDraft, name: string, port: number, place: SpecPath): TargetIr[] {
  const cluster = reach(draft, { virtualNode: name, port, weight: 1 }, port, place);
  if (cluster === undefined) return [];
  return merged(variants({ ...cluster, weight: 1 }, cluster.canary === undefined ? 1 : WHOLE));
}

function variants({ stable, canary, weight }: Reached, scale: number): TargetIr[] {
  if (canary === undefined) return [{ cluster: stable, weight: weight * scale }];
  const { cluster, shield, weights } = canary;
  return [
    { cluster: stable, weight: weight * weights.stable },
    { cluster, weight: weight * weights.canary, canary: shield === undefined ? {} : { shield } },
  ];
}

/** One entry a cluster, sorted: a spec may name a node twice. */
function merged(targets: readonly TargetIr[]): TargetIr[] {
  const byCluster = new Map<string, TargetIr>();
  for (const target of targets) {
    const weight = (byCluster.get(target.cluster)?.weight ?? 0) + target.weight;
    byCluster.set(target.cluster, { ...target, weight });
  }
  return [...byCluster.values()].sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

function reach(
  draft: ProxyDraft,
  target: WeightedTarget,
  routerPort: number,
  place: SpecPath,
): NodeCluster | undefined {
  const node = draft.index.nodes.get(target.virtualNode);
  if (node === undefined) {
    const at = { ...place, path: `${place.path}.virtualNode` };
    report(draft, 'invalid', at, `virtual node ${target.virtualNode} does not exist`);
    return undefined;
  }
  const listener = listenerFor(draft, node, target.port, routerPort, place);
  if (listener === undefined) return undefined;
  const path = `spec.listeners[${listener.position}].portMapping.protocol`;
  const { protocol } = listener.listener.portMapping;
  return isCompiledProtocol(draft, protocol, { resource: node, path }) ? addNodeCluster(draft, listener) : undefined;
}

/** The listener a target means: the one on its port; without a port, the one on the router's port, or the only one. */
function listenerFor(
  draft: ProxyDraft,
  node: Resource<'virtualNode'>,
  port: number | undefined,
  routerPort: number,
  place: SpecPath,
): NodeListener | undefined {
  const all = (node.spec.listeners ?? []).map((listener, position) => ({ node, listener, position }));
  const on = (wanted: number) => all.find(({ listener }) => listener.portMapping.port === wanted);
  const found = port !== undefined ? on(port) : (on(routerPort) ?? (all.length === 1 ? all[0] : undefined));
  if (found === undefined) report(draft, 'invalid', place, noListener(node, port, all.length));
  return found;
}

function noListener(node: Resource<'virtualNode'>, port: number | undefined, count: number): string {
  if (count === 0) return `virtual node ${node.name} has no listener: it cannot receive traffic`;
  if (port !== undefined) return `virtual node ${node.name} has no listener on port ${port}`;
  return `virtual node ${node.name} has ${count} listeners: the target must name a port`;
}
