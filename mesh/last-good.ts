import { livingEndpoints } from './envoy/living-endpoints.ts';
import { readVirtualHost, type VirtualHostTerms } from './envoy/read-virtual-host.ts';
import type { HostOrigin } from './ir/host-origin.ts';
import type { TelemetryOrder, WireResource, WireResources } from './wire/snapshot.ts';

/** Of each virtual host that was sent without a fault, or kept since: the declaration it stands for. */
export type GoodHosts = Readonly<Record<string, string>>;

/** What a proxy was sent last. */
export interface SentLast {
  readonly resources: WireResources;
  readonly telemetry: readonly TelemetryOrder[];
  readonly good?: GoodHosts;
}

/** What was compiled for it now. */
export interface CompiledNow {
  readonly resources: WireResources;
  readonly telemetry: readonly TelemetryOrder[];
  readonly origins: ReadonlyMap<string, HostOrigin>;
  /** Every address at which a task may be sent traffic now. */
  readonly living: ReadonlySet<string>;
}

/** What to send. */
export interface KeptGood {
  readonly resources: WireResources;
  readonly good: GoodHosts;
}

const HOST = 'type.googleapis.com/envoy.config.route.v3.VirtualHost';
const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const ENDPOINTS = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';

/**
 * What was compiled, with each virtual host that another writer's change made faulty as it last was, and with the clusters
 * that it needs. Everything else is as compiled, and all of it when nothing is faulty. A host goes as compiled, fault or not,
 * once its own resources are written, a rollout weighs its targets, or nobody is left behind a cluster kept for it.
 */
export function keepLastGood(last: SentLast | undefined, now: CompiledNow): KeptGood {
  const faulty = [...now.origins].filter(([, { faults }]) => faults.length > 0);
  const keeps = faulty.flatMap(([name, origin]) => keep(last, now, name, origin) ?? []);
  const kept = new Set(keeps.map(({ name }) => name));
  const good = [...now.origins].filter(([name, { faults }]) => faults.length === 0 || kept.has(name));
  return {
    resources: keeps.reduce((all, { resources }) => overlaid(all, resources), now.resources),
    good: Object.fromEntries(good.map(([name, { declaration }]) => [name, declaration])),
  };
}

interface Keep {
  readonly name: string;
  readonly resources: WireResources;
}

function keep(
  last: SentLast | undefined,
  now: CompiledNow,
  name: string,
  { declaration }: HostOrigin,
): Keep | undefined {
  const [old, fresh] = [last?.resources[HOST]?.[name], now.resources[HOST]?.[name]];
  if (last === undefined || old === undefined || fresh === undefined) return undefined;
  if (last.good?.[name] !== declaration) return undefined;
  const [was, is] = [readVirtualHost(old.body), readVirtualHost(fresh.body)];
  if (was.domains.join() !== is.domains.join() || isWeighed([was, is], [last, now])) return undefined;
  const missing = [...was.clusters].filter((cluster) => now.resources[CLUSTER]?.[cluster] === undefined);
  const parts = missing.map((cluster) => keptCluster(last.resources, cluster, now.living));
  if (parts.includes(undefined)) return undefined;
  return { name, resources: parts.reduce<WireResources>(overlaid, { [HOST]: { [name]: old } }) };
}

/** Whether a running rollout, or one that has just ended, has a say in what goes where. */
function isWeighed(hosts: readonly VirtualHostTerms[], states: readonly Pick<SentLast, 'telemetry'>[]): boolean {
  const orders = states.flatMap(({ telemetry }) => telemetry);
  const weighed = orders.flatMap(({ clusters: { stable, canary, shield } }) => [stable, canary, shield ?? canary]);
  return weighed.some((cluster) => hosts.some(({ clusters }) => clusters.has(cluster)));
}

/** A cluster as it was, with those of its endpoints that live; `undefined` when it cannot serve any more. */
function keptCluster(
  { [CLUSTER]: clusters, [ENDPOINTS]: endpoints }: WireResources,
  name: string,
  living: ReadonlySet<string>,
): WireResources | undefined {
  const [cluster, members] = [clusters?.[name], endpoints?.[name]];
  if (cluster === undefined) return undefined;
  if (members === undefined) return { [CLUSTER]: { [name]: cluster } };
  const left: WireResource | undefined = livingEndpoints(members, living);
  return left && { [CLUSTER]: { [name]: cluster }, [ENDPOINTS]: { [name]: left } };
}

function overlaid(below: WireResources, above: WireResources | undefined = {}): WireResources {
  const types = Object.entries(above).map(([type, named]) => [type, { ...below[type], ...named }] as const);
  return { ...below, ...Object.fromEntries(types) };
}
