import type { Audience } from '#mesh/model/split.ts';
import { audienceMatch } from './audience.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import { regexFault } from './regex.ts';
import type { ForwardIr, HeaderMatchIr, MirrorIr, TargetIr } from './route-ir.ts';
import { WHOLE } from './variant-weights.ts';
import type { Reached } from './weighted-targets.ts';

/** What becomes of requests that meet `conditions` as well as their route's match. */
export interface VariantTargets extends Pick<ForwardIr, 'targets' | 'mirrors'> {
  readonly conditions: readonly HeaderMatchIr[];
}

/**
 * The clusters behind a route's targets, with integer weights: one entry for everybody, before it one for each audience of a
 * canary. While any target has a canary, each route weight is multiplied by 10,000, so that a split's basis points divide it
 * exactly.
 */
export function variantTargets(draft: ProxyDraft, reached: readonly Reached[]): VariantTargets[] {
  for (const { canary, listener } of reached)
    if (canary?.audience !== undefined && isUnmatchable(canary.audience))
      report(draft, 'degraded', { resource: listener.node, path: 'spec' }, NOBODY);
  const mirrors = mirrorsOf(reached);
  const copied = mirrors.length === 0 ? {} : { mirrors };
  return audiencesOf(reached).map((audiences) => ({
    conditions: [...audiences.values()],
    targets: targetsFor(reached, new Set(audiences.keys())),
    ...copied,
  }));
}

const NOBODY =
  'the regular expression of the canary’s audience is one that Envoy refuses: nobody belongs to it, and all requests go to the stable variant';

/** Whether Envoy would refuse the audience, and with it the whole virtual host. */
function isUnmatchable(audience: Audience): boolean {
  const { value } = audienceMatch(audience);
  return value.kind === 'regex' && regexFault(value.text) !== undefined;
}

/** Targets for connections, of which nothing is known but that they begin: no audience can be told, nothing be copied. */
export function connectionTargets(
  draft: ProxyDraft,
  reached: readonly Reached[],
): Pick<TargetIr, 'cluster' | 'weight'>[] {
  for (const { canary, listener } of reached)
    if (canary?.audience !== undefined || canary?.mirror)
      report(draft, 'degraded', { resource: listener.node, path: 'spec' }, NO_REQUESTS);
  return targetsFor(reached, new Set()).map(({ cluster, weight }) => ({ cluster, weight }));
}

const NO_REQUESTS =
  'a TCP connection shows neither an audience nor anything to copy: all of its connections go to the stable variant';

/** Audiences by their text: two nodes with the same one are told apart by nothing. */
type Audiences = ReadonlyMap<string, HeaderMatchIr>;

/** Every combination of the audiences a request may belong to, the larger first, `{}` for everybody last. */
function audiencesOf(reached: readonly Reached[]): Audiences[] {
  const all = new Map<string, HeaderMatchIr>();
  for (const { canary } of reached)
    if (canary?.audience !== undefined && !isUnmatchable(canary.audience))
      all.set(audienceKey(canary), audienceMatch(canary.audience));
  const sorted = [...all].sort(([a], [b]) => (a < b ? -1 : 1));
  let combinations: (typeof sorted)[] = [[]];
  for (const audience of sorted)
    combinations = combinations.concat(combinations.map((some) => some.concat([audience])));
  return combinations.sort((a, b) => b.length - a.length).map((some) => new Map(some));
}

const audienceKey = ({ audience }: NonNullable<Reached['canary']>) => JSON.stringify(audience);

function targetsFor(reached: readonly Reached[], audiences: ReadonlySet<string>): TargetIr[] {
  const scale = reached.some(({ canary }) => canary !== undefined) ? WHOLE : 1;
  return merged(reached.flatMap((target) => variants(target, scale, audiences)));
}

function variants(target: Reached, scale: number, audiences: ReadonlySet<string>): TargetIr[] {
  const { stable, canary, weight, compared } = target;
  const isAddressed = canary?.audience === undefined || audiences.has(audienceKey(canary));
  if (canary === undefined || canary.mirror || !isAddressed)
    return [{ cluster: stable, weight: weight * scale, ...(compared && { canary: compared }) }];
  const { cluster, shield, weights } = canary;
  return [
    { cluster: stable, weight: weight * weights.stable },
    { cluster, weight: weight * weights.canary, canary: shield === undefined ? {} : { shield } },
  ];
}

/** One entry a cluster, sorted: a spec may name a node twice. */
function merged(targets: readonly TargetIr[]): TargetIr[] {
  const byCluster = new Map<string, TargetIr>();
  for (const target of targets) {
    const weight = (byCluster.get(target.cluster)?.weight ?? 0) + target.weight;
    byCluster.set(target.cluster, { ...target, weight });
  }
  return [...byCluster.values()].sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

const MILLION = 1_000_000;

/** Copies of a node's share of the route's requests, as far as its canary asks for them. */
function mirrorsOf(reached: readonly Reached[]): MirrorIr[] {
  const total = reached.reduce((sum, { weight }) => sum + weight, 0);
  const byCluster = new Map<string, number>();
  for (const { canary, weight } of reached)
    if (canary?.mirror && total > 0) {
      const share = (weight * canary.weights.canary) / (total * WHOLE);
      byCluster.set(canary.cluster, (byCluster.get(canary.cluster) ?? 0) + share);
    }
  return [...byCluster]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cluster, share]) => ({ cluster, perMillion: Math.round(share * MILLION) }));
}
