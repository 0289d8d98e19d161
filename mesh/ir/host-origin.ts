import { hash } from 'node:crypto';
import type { Resource } from '#mesh/model/resource.ts';
import type { Finding } from './finding.ts';
import type { ProxyDraft } from './proxy-draft.ts';

/** Where a virtual host comes from. */
export interface HostOrigin {
  /** Names the versions of all resources that say what the host does: it changes when one of them is written, not when a target is. */
  readonly declaration: string;
  /** The `invalid` findings among what was reported while the host was built: what it lacks of what its resources say. */
  readonly faults: readonly Finding[];
}

/** Hex digits of a declaration: 64 bits, compared only with declarations of the same host. */
const DECLARATION_LENGTH = 16;

/** The origin of what was built from `resources` and from `parts`, with the faults reported since the draft had `before` findings. */
export function originOf(
  draft: ProxyDraft,
  resources: readonly Resource[],
  before: number,
  parts: readonly HostOrigin[] = [],
): HostOrigin {
  const reported = draft.findings.slice(before).filter(({ kind }) => kind === 'invalid');
  const versions = resources.map(({ uid, version }) => `${uid} ${version}`);
  const names = [...versions, ...parts.map(({ declaration }) => declaration)];
  const declaration = hash('sha256', names.join('\n')).slice(0, DECLARATION_LENGTH);
  return { declaration, faults: [...parts.flatMap(({ faults }) => faults), ...reported] };
}
