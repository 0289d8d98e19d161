import type { ResourceId } from '#mesh/model/resource.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';

/** A listener with its place in the spec, which explicit interception's ports follow. */
export interface Placed<L> {
  readonly listener: L;
  readonly position: number;
}

interface Listening {
  readonly portMapping: { readonly port: number };
}

/** The listeners that act: a port can be opened once, so the first on each; the others are reported. */
export function distinctListeners<L extends Listening>(
  draft: ProxyDraft,
  resource: ResourceId,
  listeners: readonly L[] = [],
): Placed<L>[] {
  const taken = new Set<number>();
  return listeners.flatMap((listener, position) => {
    const { port } = listener.portMapping;
    const isFirst = !taken.has(port);
    taken.add(port);
    const place = { resource, path: `spec.listeners[${position}].portMapping.port` };
    if (!isFirst) report(draft, 'invalid', place, `another listener has port ${port} already: this one takes nothing`);
    return isFirst ? [{ listener, position }] : [];
  });
}
