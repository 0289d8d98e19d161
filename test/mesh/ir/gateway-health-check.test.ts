import { expect, test } from 'vitest';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import { meshView, proxyId } from '../../support/mesh-view.ts';

test('a gateway’s health check is kept and reported: no proxy of the mesh calls a gateway', () => {
  const view = meshView(`
resources:
  virtualGateway/edge:
    listeners:
      - portMapping: { port: 8088, protocol: http }
        healthCheck: { protocol: http, path: /, healthyThreshold: 2, unhealthyThreshold: 2, intervalMillis: 5000, timeoutMillis: 2000 }`);

  const { ir, findings } = buildProxy(view, proxyId(view, 'virtualGateway/edge'), { interception: 'explicit' });

  expect(findings.map(({ kind, path }) => `${kind} ${path}`)).toEqual(['degraded spec.listeners[0].healthCheck']);
  expect(JSON.stringify(ir)).not.toContain('healthCheck');
});
