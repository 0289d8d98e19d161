import type { Interception } from '#mesh/model/endpoint.ts';
import type { DeclaredPolicy } from './client-policy.ts';
import type { PoolIr } from './connection-pool.ts';
import { type Finding, type FindingKind, finding, type SpecPath } from './finding.ts';
import type { MeshIndex } from './mesh-index.ts';
import type { CanaryIr, ClusterIr } from './proxy-ir.ts';

/** One proxy's IR while it is being built: what several concerns add to. Clusters and canaries are kept once by name. */
export interface ProxyDraft {
  readonly index: MeshIndex;
  readonly interception: Interception;
  readonly clusters: Map<string, ClusterIr>;
  readonly canaries: Map<string, CanaryIr>;
  readonly findings: Finding[];
  /** What this proxy asks of the backend that is being built (`forBackend`). */
  readonly clientPolicy?: DeclaredPolicy;
  /** Limits of every cluster that leads out of this proxy: a gateway's. */
  readonly egressPool?: PoolIr;
}

/** An empty draft. */
export function newDraft(index: MeshIndex, interception: Interception): ProxyDraft {
  return { index, interception, clusters: new Map(), canaries: new Map(), findings: [] };
}

/** Notes that a place in a spec does not act as written. */
export function report(draft: ProxyDraft, kind: FindingKind, place: SpecPath, reason: string): void {
  draft.findings.push(finding(kind, place, reason));
}
