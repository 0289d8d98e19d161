import type { Resource } from '#mesh/model/resource.ts';
import type { Listener } from '#mesh/model/spec.gen.ts';

/** One listener of a virtual node; `position` is its place in the spec, which explicit interception's ports follow. */
export interface NodeListener {
  readonly node: Resource<'virtualNode'>;
  readonly listener: Listener;
  readonly position: number;
}
