import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { ResourceId } from '#mesh/model/resource.ts';
import { proxyKey, REVISION_SORT_KEY, revisionKey } from '#mesh/wire/names.ts';

/** Primary key of an item of the one table. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

const part = encodeURIComponent;

/** Partition of a mesh: every resource and reference in it, so that one query lists a kind in the order of names. */
export const meshPartition = (owner: string, mesh: string): string => `M#${owner}#${part(mesh)}`;

/** What is counted for an account, beside its meshes. */
export const accountKey = (owner: string): Key => ({ pk: `O#${owner}`, sk: 'ACCOUNT' });

/** A resource. The mesh itself stands in its owner's partition, so that ListMeshes is one query. */
export function resourceKey(id: ResourceId): Key {
  if (id.kind === 'mesh') return { pk: `O#${id.owner}`, sk: `MESH#${part(id.mesh)}` };
  return { pk: meshPartition(id.owner, id.mesh), sk: `${resourcePrefix(id.kind, id.parent)}${part(id.name)}` };
}

/** Sort-key prefix that lists one kind (of one parent). */
export const resourcePrefix = (kind: string, parent?: string): string =>
  parent === undefined ? `R#${kind}#` : `R#${kind}#${part(parent)}#`;

/** Back-reference `target ← source` in the mesh's partition: who is affected by a change, and what forbids a delete. */
export const referenceKey = (target: ResourceId, source: ResourceId): Key => ({
  pk: meshPartition(target.owner, target.mesh),
  sk: `${referencePrefix(target)}${source.kind}#${part(source.parent ?? '')}#${part(source.name)}`,
});

/** Sort-key prefix of all references to a target. */
export const referencePrefix = (target: ResourceId): string =>
  `X#${target.kind}#${part(target.parent ?? '')}#${part(target.name)}#`;

/** The answer already given to a client token (24 h). */
export const clientTokenKey = (owner: string, token: string): Key => ({ pk: `C#${owner}`, sk: token });

/** What one transaction still owes its readers; a stream turns it into pushes when the fast path died. */
export const outboxKey = (owner: string, mesh: string, id: string): Key => ({
  pk: `OUTBOX#${owner}#${part(mesh)}`,
  sk: id,
});

/** Revision of a proxy's stored snapshot: what the poll lane reads. */
export const proxyRevisionKey = (proxy: ProxyId): Key => ({ pk: revisionKey(proxyKey(proxy)), sk: REVISION_SORT_KEY });

/** Partition of a proxy: its split, its tasks as ECS tells them, its sidecars as they report. */
export const proxyPartition = (proxy: ProxyId): string => partitionOf(proxyKey(proxy));
/** The same by the proxy's wire key: all that a topic tells. */
const partitionOf = (key: string): string => `N#${key}`;
export const splitKey = (proxy: ProxyId): Key => ({ pk: proxyPartition(proxy), sk: 'SPLIT' });
/** The instances that Cloud Map knows of a virtual node. */
export const cloudMapKey = (proxy: ProxyId): Key => ({ pk: proxyPartition(proxy), sk: 'CLOUDMAP' });
/** What traffic that moves to this virtual node is compared with. */
export const comparisonKey = (proxy: ProxyId): Key => ({ pk: proxyPartition(proxy), sk: 'COMPARISON' });
export const taskKey = (key: string, task: string): Key => ({ pk: partitionOf(key), sk: `TASK#${task}` });
export const sidecarKey = (key: string, task: string): Key => ({ pk: partitionOf(key), sk: `SIDECAR#${task}` });
/** A rollout that waits for this proxy's sidecars to acknowledge. */
export const waitKey = (proxy: ProxyId, rollout: string): Key => ({
  pk: proxyPartition(proxy),
  sk: `WAIT#${rollout}`,
});

/** A rollout, its evidence (one item a sidecar) and its hook. Index `byIndex` lists rollouts: ipk `ROLLOUTS`, isk start time. */
export const rolloutPartition = (id: string): string => `RO#${id}`;
export const rolloutKey = (id: string): Key => ({ pk: rolloutPartition(id), sk: 'META' });
/** Present while the rollout runs, so that alarms find the running ones without reading the ended. */
export const RUNNING_PARTITION = 'RUNNING';
export const runningKey = (id: string): Key => ({ pk: RUNNING_PARTITION, sk: id });
export const hookKey = (id: string): Key => ({ pk: rolloutPartition(id), sk: 'HOOK' });
export const evidenceKey = (id: string, proxy: string, task: string): Key => ({
  pk: rolloutPartition(id),
  sk: `EVIDENCE#${proxy}#${task}`,
});

/** Lock of an ECS service: who rolls it out, under which fence. */
export const serviceLockKey = (serviceArn: string): Key => ({ pk: `LOCK#${serviceArn}`, sk: 'LOCK' });

/** The revision that a service is being brought back to. */
export const wayBackKey = (serviceArn: string): Key => ({ pk: serviceLockKey(serviceArn).pk, sk: 'BACK' });

/** Policies of a mesh: its own, and those of its virtual nodes. */
export const policyPartition = (owner: string, mesh: string): string => `P#${owner}#${part(mesh)}`;
export const NODE_POLICY_PREFIX = 'NODE#';
/** The mesh's policy, or a virtual node's part over it. */
export const policyKey = (owner: string, mesh: string, node?: string): Key => ({
  pk: policyPartition(owner, mesh),
  sk: node === undefined ? 'POLICY' : `${NODE_POLICY_PREFIX}${part(node)}`,
});

/** Who has a turn at rolling out in a mesh. */
export const turnsKey = (owner: string, mesh: string): Key => ({ pk: policyPartition(owner, mesh), sk: 'TURNS' });

/** What a deployment of a service, that Weir itself asks ECS for, is for. */
export const intentKey = (serviceArn: string): Key => ({ pk: `LOCK#${serviceArn}`, sk: 'INTENT' });
