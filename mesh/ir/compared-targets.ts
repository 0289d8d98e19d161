import type { Comparison } from '#mesh/model/comparison.ts';
import { shieldedCluster } from './names.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { Reached } from './weighted-targets.ts';

/**
 * Targets of one route between two of which a route rollout moves traffic: the one it moves to is counted as the canary of
 * the other, and shielded by it as a revision's canary would be. Weights stay what the route says.
 */
export function comparedTargets(draft: ProxyDraft, reached: readonly Reached[]): Reached[] {
  return reached.map((target) => {
    const comparison = draft.index.view.comparisons?.get(target.listener.node.name);
    const stable = comparison && reached.find(({ listener }) => listener.node.name === comparison.stable);
    return comparison === undefined || stable === undefined ? target : compared(draft, comparison, target, stable);
  });
}

function compared(draft: ProxyDraft, comparison: Comparison, canary: Reached, stable: Reached): Reached {
  const trouble = incomparable(canary, stable);
  if (trouble !== undefined) {
    report(draft, 'degraded', { resource: canary.listener.node, path: 'spec' }, trouble);
    return canary;
  }
  const { rollout, reportEveryMs } = comparison;
  const { protocol } = canary.listener.listener.portMapping;
  const shield = comparison.shield === 'off' || protocol === 'tcp' ? {} : { shield: shieldedCluster(canary.stable) };
  const clusters = { stable: stable.stable, canary: canary.stable, ...shield };
  if (shield.shield !== undefined)
    draft.clusters.set(shield.shield, { kind: 'shield', name: shield.shield, ...pick(clusters) });
  draft.canaries.set(canary.stable, {
    node: canary.listener.node.name,
    rollout,
    everyMs: reportEveryMs,
    clusters,
    ...(protocol === 'tcp' && { counts: 'connections' }),
  });
  return { ...canary, compared: shield };
}

const pick = ({ stable, canary }: { readonly stable: string; readonly canary: string }) => ({ stable, canary });

/** A node with a canary of its own is two things at once: no one count stands for it. */
function incomparable(canary: Reached, stable: Reached): string | undefined {
  const [one, other] = [canary, stable].map(({ listener }) => listener.listener.portMapping.protocol);
  if (one !== other) return `it speaks ${one} and the node it is compared with ${other}: nothing is counted`;
  const split = [canary, stable].find((target) => target.canary !== undefined);
  return (
    split && `virtual node ${split.listener.node.name} has a canary of its own: nothing is counted until that ends`
  );
}
