/** Whose metrics these are: the labels that App Mesh put on all of them. */
export interface MetricsOwner {
  readonly mesh: string;
  readonly kind: 'vn' | 'vg';
  readonly name: string;
}

/** One line of Envoy's Prometheus text. */
interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

interface Named {
  readonly metric: string;
  readonly labels: readonly (readonly [string, string])[];
}

/** Regular expression of Envoy's own names (before Prometheus) that the metrics below are made from. */
export const METRICS_SOURCE = String.raw`^(http|tcp)\.ingress.*\.downstream_(cx_(active|total|rx_bytes_total|tx_bytes_total)|rq_total)$|^cluster\.cds_(egress|ingress)_.*\.upstream_(rq_(total|[1-5]xx|time)|cx_[rt]x_bytes_total)$`;

/** Inbound: what App Mesh called Envoy's numbers of a listener. */
const INBOUND: Readonly<Record<string, string>> = {
  envoy_http_downstream_cx_active: 'ActiveConnectionCount',
  envoy_http_downstream_cx_total: 'NewConnectionCount',
  envoy_tcp_downstream_cx_total: 'NewConnectionCount',
  envoy_http_downstream_cx_rx_bytes_total: 'ProcessedBytes',
  envoy_http_downstream_cx_tx_bytes_total: 'ProcessedBytes',
  envoy_tcp_downstream_cx_rx_bytes_total: 'ProcessedBytes',
  envoy_tcp_downstream_cx_tx_bytes_total: 'ProcessedBytes',
  envoy_http_downstream_rq_total: 'RequestCount',
};

/** Outbound: what it called Envoy's numbers of a cluster. Histograms have their suffix after the name. */
const OUTBOUND: Readonly<Record<string, string>> = {
  envoy_cluster_upstream_rq_total: 'RequestCountPerTarget',
  envoy_cluster_upstream_cx_rx_bytes_total: 'TargetProcessedBytes',
  envoy_cluster_upstream_cx_tx_bytes_total: 'TargetProcessedBytes',
  envoy_cluster_upstream_rq_time_bucket: 'TargetResponseTime_bucket',
  envoy_cluster_upstream_rq_time_sum: 'TargetResponseTime_sum',
  envoy_cluster_upstream_rq_time_count: 'TargetResponseTime_count',
};

/**
 * App Mesh's metrics extension, version 1, out of Envoy's Prometheus text: the same names (`envoy_appmesh_…`), with `Mesh`,
 * `VirtualNode` or `VirtualGateway`, and `TargetVirtualNode`. Variants of a node and listeners of a proxy are summed.
 */
export function metricsExtension(text: string, owner: MetricsOwner): string {
  const sums = new Map<string, number>();
  const samples = parse(text);
  const takesGrpc = samples.some(({ labels }) => /^cds_ingress_.*_grpc_\d+$/.test(clusterOf(labels)));
  for (const sample of samples) {
    const named = inbound(sample, takesGrpc) ?? outbound(sample, owner.mesh);
    if (named === undefined) continue;
    const line = `envoy_appmesh_${named.metric}{${labelText(owner, named.labels)}}`;
    sums.set(line, (sums.get(line) ?? 0) + sample.value);
  }
  return [...sums].map(([line, value]) => `${line} ${value}\n`).join('');
}

/** Requests are gRPC's where the listener's prefix says so, or where the only listener (`ingress`) leads to a gRPC application. */
function inbound({ name, labels }: Sample, takesGrpc: boolean): Named | undefined {
  const prefix = labels.get('envoy_http_conn_manager_prefix') ?? labels.get('envoy_tcp_prefix') ?? '';
  const metric = INBOUND[name];
  if (metric === undefined || !prefix.startsWith('ingress')) return undefined;
  const isGrpc = prefix === 'ingress' ? takesGrpc : prefix.startsWith('ingress.grpc.');
  return { metric: metric === 'RequestCount' && isGrpc ? 'GrpcRequestCount' : metric, labels: [] };
}

function outbound({ name, labels }: Sample, mesh: string): Named | undefined {
  const target = targetOf(clusterOf(labels), mesh);
  const metric = name === 'envoy_cluster_upstream_rq_xx' ? codeCount(labels) : OUTBOUND[name];
  if (target === undefined || metric === undefined) return undefined;
  const bound = labels.get('le');
  return { metric, labels: [['TargetVirtualNode', target], ...(bound === undefined ? [] : [['le', bound] as const])] };
}

const codeCount = (labels: Sample['labels']) =>
  `HTTPCode_Target_${labels.get('envoy_response_code_class') ?? ''}XX_Count`;

const clusterOf = (labels: Sample['labels']) => labels.get('envoy_cluster_name') ?? '';

/** The virtual node a cluster leads to, by App Mesh's name of it; `undefined` for ways out of the mesh and the shield's aggregate. */
function targetOf(cluster: string, mesh: string): string | undefined {
  const prefix = `cds_egress_${mesh}_`;
  if (!cluster.startsWith(prefix)) return undefined;
  return /^(.+)_(?:http|http2|grpc|tcp)_\d+(?:_canary)?$/.exec(cluster.slice(prefix.length))?.[1];
}

function labelText({ mesh, kind, name }: MetricsOwner, more: Named['labels']): string {
  const all = [['Mesh', mesh], [kind === 'vn' ? 'VirtualNode' : 'VirtualGateway', name], ...more] as const;
  return all.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',');
}

function parse(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, key = '', text_ = '']) => [key, text_] as const,
    );
    return [{ name, labels: new Map(pairs), value: Number(value) }];
  });
}
