import type { SpecPath } from './finding.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { ForwardIr, RouteIr, RouteMatchIr } from './route-ir.ts';
import { type VariantTargets, variantTargets } from './variant-targets.ts';
import type { Reached } from './weighted-targets.ts';

/** No target can take the request: what Envoy itself answers for a missing cluster. */
const NO_TARGET = 503;

/** How a route forwards, wherever it does. */
export type ForwardSettings = Pick<ForwardIr, 'timeoutMs' | 'idleTimeoutMs' | 'retry'>;

interface Declared {
  readonly name: string;
  readonly match: RouteMatchIr;
  readonly reached: readonly Reached[];
  readonly settings: ForwardSettings;
  /** The targets in the spec. */
  readonly place: SpecPath;
}

/**
 * The routes that take requests to targets: one, and before it one for each audience of a canary among them. Requests that no
 * target can take are answered 503, which is reported.
 */
export function forwardRoutes(draft: ProxyDraft, { name, match, reached, settings, place }: Declared): RouteIr[] {
  if (reached.every(({ weight }) => weight === 0)) {
    report(draft, 'invalid', place, `no target can take a request: every request of this route gets ${NO_TARGET}`);
    return [{ name, match, action: { kind: 'respond', status: NO_TARGET } }];
  }
  return variantTargets(draft, reached).map(({ conditions, targets, mirrors }: VariantTargets) => ({
    name: conditions.length === 0 ? name : `${name}/audience`,
    match: { ...match, headers: [...match.headers, ...conditions] },
    action: { kind: 'forward', targets, ...(mirrors && { mirrors }), ...settings },
  }));
}
