import { clientTls, strictest } from './client-policy.ts';
import type { PoolIr } from './connection-pool.ts';
import { type HealthCheckIr, healthCheck } from './health-check.ts';
import type { NodeListener } from './node-listener.ts';
import { outlierDetection } from './outlier.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import type { ClusterIr, OutlierDetectionIr, ProtocolIr } from './proxy-ir.ts';
import type { ClientTlsIr } from './tls-ir.ts';

/** How a listener of a virtual node is spoken to, however its members are found. */
export interface UpstreamIr {
  readonly protocol: ProtocolIr;
  /** The virtual node's name, for what is said about this way. */
  readonly node: string;
  readonly tls?: ClientTlsIr;
  readonly healthCheck?: HealthCheckIr;
  readonly outlierDetection?: OutlierDetectionIr;
  readonly pool: PoolIr;
}

/** Everything that a target's listener and this client's policy say about a way between them; `name` is its cluster. */
export function upstream(draft: ProxyDraft, name: string, target: NodeListener): UpstreamIr {
  const { node, listener } = target;
  const known = draft.clusters.get(name);
  const { tls } = clientTls(draft, node, listener);
  return {
    protocol: listener.portMapping.protocol,
    node: node.name,
    ...(known === undefined ? tls && { tls } : strictest(draft, name, tlsOf(known), tls)),
    ...healthCheck(draft, target),
    ...outlierDetection(draft, target),
    pool: draft.egressPool ?? {},
  };
}

const tlsOf = (cluster: ClusterIr): ClientTlsIr | undefined => ('tls' in cluster ? cluster.tls : undefined);
