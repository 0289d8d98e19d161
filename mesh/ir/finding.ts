import { arnPath } from '#mesh/model/arn.ts';
import type { ResourceId } from '#mesh/model/resource.ts';

/**
 * Why a part of a spec does not act as written. `invalid`: it cannot (a reference to nothing, weights that sum to 0);
 * `unsupported`: there is no way to say it to Envoy; `degraded`: it acts, though not as usual, because of what runs right now.
 */
export type FindingKind = 'invalid' | 'unsupported' | 'degraded';

/** One thing the compiler could not do as the spec says: best effort goes on, but nothing is dropped silently. */
export interface Finding {
  readonly kind: FindingKind;
  /** The resource at fault, e.g. `mesh/shop/virtualRouter/orders/route/main`. */
  readonly arnPath: string;
  /** Where in it, e.g. `spec.httpRoute.action.weightedTargets[1].virtualNode`. */
  readonly path: string;
  /** What is wrong and what happens instead. */
  readonly reason: string;
}

/** A place in a resource that findings can point at. */
export interface SpecPath {
  readonly resource: ResourceId;
  readonly path: string;
}

/** The finding for a place in a spec. */
export function finding(kind: FindingKind, { resource, path }: SpecPath, reason: string): Finding {
  return { kind, arnPath: arnPath(resource), path, reason };
}

/** The same findings once each, sorted, so that neither input order nor the number of ways to a place shows. */
export function sortedFindings(findings: readonly Finding[]): Finding[] {
  const byText = new Map(findings.map((item) => [`${item.arnPath}\n${item.path}\n${item.kind}\n${item.reason}`, item]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}
