import { describe, expect, test } from 'vitest';
import { type MetricsOwner, metricsExtension } from '../../proxy/agent/metrics-extension.ts';

const front: MetricsOwner = { mesh: 'my_shop', kind: 'vn', name: 'front' };

/** What becomes of lines of Envoy's Prometheus text. */
const lines = (owner: MetricsOwner, ...text: string[]) => metricsExtension(text.join('\n'), owner).trim().split('\n');

describe("App Mesh's metrics", () => {
  test('name the mesh and the virtual node, and sum the listeners of a proxy', () => {
    expect(
      lines(
        front,
        '# TYPE envoy_http_downstream_cx_total counter',
        'envoy_http_downstream_cx_total{envoy_http_conn_manager_prefix="ingress.http.8080"} 3',
        'envoy_http_downstream_cx_total{envoy_http_conn_manager_prefix="egress"} 40',
        'envoy_tcp_downstream_cx_total{envoy_tcp_prefix="ingress.tcp.3306"} 2',
        'envoy_http_downstream_cx_rx_bytes_total{envoy_http_conn_manager_prefix="ingress.http.8080"} 10',
        'envoy_http_downstream_cx_tx_bytes_total{envoy_http_conn_manager_prefix="ingress.http.8080"} 7',
      ),
    ).toEqual([
      'envoy_appmesh_NewConnectionCount{Mesh="my_shop",VirtualNode="front"} 5',
      'envoy_appmesh_ProcessedBytes{Mesh="my_shop",VirtualNode="front"} 17',
    ]);
  });

  test('tell a target by its virtual node, whatever its name, and sum its variants and listeners', () => {
    const cluster = (name: string, value: number) =>
      `envoy_cluster_upstream_rq_total{envoy_cluster_name="${name}"} ${value}`;
    expect(
      lines(
        front,
        cluster('cds_egress_my_shop_orders_v2_http_8080', 5),
        cluster('cds_egress_my_shop_orders_v2_http_8080_canary', 2),
        cluster('cds_egress_my_shop_orders_v2_http_8080_canary_shielded', 100),
        cluster('cds_egress_my_shop_orders_v2_grpc_50051', 1),
        cluster('cds_egress_my_shop_amazonaws', 100),
        cluster('cds_egress_other_orders_http_8080', 100),
        'envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="cds_egress_my_shop_a_http2_1"} 9',
        'envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="cds_egress_my_shop_a_http2_1",le="0.5"} 4',
      ),
    ).toEqual([
      'envoy_appmesh_RequestCountPerTarget{Mesh="my_shop",VirtualNode="front",TargetVirtualNode="orders_v2"} 8',
      'envoy_appmesh_HTTPCode_Target_5XX_Count{Mesh="my_shop",VirtualNode="front",TargetVirtualNode="a"} 9',
      'envoy_appmesh_TargetResponseTime_bucket{Mesh="my_shop",VirtualNode="front",TargetVirtualNode="a",le="0.5"} 4',
    ]);
  });

  test('count gRPC requests apart, also where there is but one listener', () => {
    const requests = (prefix: string) => `envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix="${prefix}"} 1`;
    const edge: MetricsOwner = { ...front, kind: 'vg', name: 'edge' };
    expect(lines(edge, requests('ingress.grpc.50051'), requests('ingress.http.80'))).toEqual([
      'envoy_appmesh_GrpcRequestCount{Mesh="my_shop",VirtualGateway="edge"} 1',
      'envoy_appmesh_RequestCount{Mesh="my_shop",VirtualGateway="edge"} 1',
    ]);
    const app = 'envoy_cluster_upstream_rq_total{envoy_cluster_name="cds_ingress_my_shop_front_grpc_50051"} 1';
    expect(lines(front, requests('ingress'), app)).toEqual([
      'envoy_appmesh_GrpcRequestCount{Mesh="my_shop",VirtualNode="front"} 1',
    ]);
  });
});
