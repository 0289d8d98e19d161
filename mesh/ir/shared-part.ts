import type { MeshIndex } from './mesh-index.ts';
import { onceEach } from './once-each.ts';
import { newDraft, type ProxyDraft } from './proxy-draft.ts';

/** Something built once for all the proxies of a view, with everything that building it adds to a proxy. */
interface Part {
  readonly built: unknown;
  readonly draft: ProxyDraft;
}

const parts = onceEach((_: MeshIndex) => new Map<string, Part>());

/**
 * What `build` gives, added to the draft as if it had been built there, but built once a view under this name: the thousand
 * proxies of a mesh mostly send to the same services. A proxy whose own settings or clusters bear on it builds its own.
 */
export function sharedPart<T>(draft: ProxyDraft, name: string, build: (draft: ProxyDraft) => T): T {
  if (draft.clientPolicy?.tls !== undefined || draft.egressPool !== undefined) return build(draft);
  const known = parts(draft.index);
  const key = `${draft.interception}/${name}`;
  const part = (known.get(key) ?? newPart(draft, build)) as Part & { readonly built: T };
  known.set(key, part);
  const isTaken = ([cluster, ir]: readonly [string, unknown]) => (draft.clusters.get(cluster) ?? ir) !== ir;
  if ([...part.draft.clusters].some(isTaken)) return build(draft);
  for (const [cluster, ir] of part.draft.clusters) draft.clusters.set(cluster, ir);
  for (const [cluster, canary] of part.draft.canaries) draft.canaries.set(cluster, canary);
  draft.findings.push(...part.draft.findings);
  return part.built;
}

function newPart<T>({ index, interception }: ProxyDraft, build: (draft: ProxyDraft) => T): Part {
  const draft = newDraft(index, interception);
  return { built: build(draft), draft };
}
