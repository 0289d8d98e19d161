import type { CloudMapInstance } from './cloud-map-instance.ts';
import type { Comparison } from './comparison.ts';
import type { Endpoint } from './endpoint.ts';
import type { Resource } from './resource.ts';
import type { Split } from './split.ts';

/**
 * Everything the compiler may look at for one mesh (or for the closure of one proxy in it): a value, never a live store.
 * Keys of `endpoints` and `splits` are virtual node names. A node with a split is discovered through its ECS tasks;
 * a node without one by its declared `serviceDiscovery`.
 */
export interface MeshView {
  readonly owner: string;
  readonly mesh: string;
  readonly resources: readonly Resource[];
  readonly endpoints: ReadonlyMap<string, readonly Endpoint[]>;
  readonly splits: ReadonlyMap<string, Split>;
  /** Instances of the nodes that declare Cloud Map, as last seen there; absent where nobody looked. */
  readonly cloudMap?: ReadonlyMap<string, readonly CloudMapInstance[]>;
  /** Running route rollouts, by the virtual node that traffic moves to. */
  readonly comparisons?: ReadonlyMap<string, Comparison>;
}
