import { expect, test } from 'vitest';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import { meshView, proxyId } from '../../support/mesh-view.ts';

test('times of 0, which Envoy refuses with the whole cluster, are findings, and its own defaults count', () => {
  const view = meshView(`
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: api } }] }
  virtualService/api: { provider: { virtualNode: { virtualNodeName: api } } }
  virtualNode/api:
    listeners:
      - portMapping: { port: 80, protocol: http }
        outlierDetection: { maxServerErrors: 5, interval: { unit: s, value: 0 }, baseEjectionDuration: { unit: ms, value: 0 }, maxEjectionPercent: 50 }
    serviceDiscovery: { dns: { hostname: api, responseType: ENDPOINTS } }`);

  const { ir, findings } = buildProxy(view, proxyId(view, 'virtualNode/front'), { interception: 'explicit' });

  const cluster = ir.clusters.find(({ name }) => name === 'cds_egress_shop_api_http_80');
  expect(cluster).toMatchObject({ outlierDetection: { intervalMs: 10_000, baseEjectionMs: 30_000 } });
  expect(findings.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'invalid spec.listeners[0].outlierDetection.baseEjectionDuration',
    'invalid spec.listeners[0].outlierDetection.interval',
  ]);
});
