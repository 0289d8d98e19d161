import type { Resource } from '#mesh/model/resource.ts';
import type { WeightedTarget } from '#mesh/model/spec.gen.ts';
import { comparedTargets } from './compared-targets.ts';
import type { SpecPath } from './finding.ts';
import { addNodeCluster, type NodeCluster } from './node-cluster.ts';
import type { NodeListener } from './node-listener.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';

/** A target that can be reached, with its weight on the route. */
export interface Reached extends NodeCluster {
  readonly weight: number;
  readonly listener: NodeListener;
  /** It is what a route rollout moves traffic to; `shield` as for a canary. */
  readonly compared?: { readonly shield?: string };
}

/**
 * What is behind weighted targets. Targets that cannot be reached are reported and left out; weights of 0 stay, which keeps
 * their clusters warm. A target without a port means its node's listener on `routerPort`, or its only one.
 */
export function reachTargets(
  draft: ProxyDraft,
  declared: readonly WeightedTarget[],
  routerPort: number,
  place: SpecPath,
): Reached[] {
  const reached = declared.flatMap((target, i) =>
    reach(draft, target, routerPort, { ...place, path: `${place.path}[${i}]` }),
  );
  return comparedTargets(draft, reached);
}

/** A node that is a virtual service's provider itself: the same as one target that gets everything. */
export function reachNode(draft: ProxyDraft, name: string, port: number, place: SpecPath): Reached[] {
  return reach(draft, { virtualNode: name, port, weight: 1 }, port, place);
}

function reach(draft: ProxyDraft, target: WeightedTarget, routerPort: number, place: SpecPath): Reached[] {
  const node = draft.index.nodes.get(target.virtualNode);
  if (node === undefined) {
    const at = { ...place, path: `${place.path}.virtualNode` };
    report(draft, 'invalid', at, `virtual node ${target.virtualNode} does not exist`);
    return [];
  }
  const listener = listenerFor(draft, node, target.port, routerPort, place);
  if (listener === undefined) return [];
  const cluster = addNodeCluster(draft, listener);
  return cluster === undefined ? [] : [{ ...cluster, listener, weight: target.weight }];
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
