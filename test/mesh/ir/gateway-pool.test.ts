import { describe, expect, test } from 'vitest';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import { proxyId, viewOf } from '../../support/mesh-view.ts';

/** The limits of the one cluster behind a gateway with these listeners, and what is said of them. */
function limits(...pools: readonly (object | undefined)[]) {
  const listeners = pools.map((connectionPool, i) => ({
    portMapping: { port: 80 + i, protocol: 'http' },
    ...(connectionPool && { connectionPool }),
  }));
  const action = { target: { virtualService: { virtualServiceName: 'api.local' } } };
  const view = viewOf({
    resources: {
      'virtualGateway/edge': { listeners },
      'virtualGateway/edge/gatewayRoute/all': { httpRoute: { match: { prefix: '/' }, action } },
      'virtualService/api.local': { provider: { virtualNode: { virtualNodeName: 'api' } } },
      'virtualNode/api': {
        listeners: [{ portMapping: { port: 8080, protocol: 'http' } }],
        serviceDiscovery: { dns: { hostname: 'api.local' } },
      },
    },
  });
  const { ir, findings } = buildProxy(view, proxyId(view, 'virtualGateway/edge'), { interception: 'explicit' });
  const [cluster] = ir.clusters;
  return { pool: cluster?.kind === 'dns' ? cluster.pool : undefined, findings: findings.map(({ path }) => path) };
}

describe('the connection pool of a gateway', () => {
  test('limits each cluster behind it', () => {
    expect(limits({ http: { maxConnections: 10, maxPendingRequests: 5 } })).toEqual({
      pool: { maxConnections: 10, maxPendingRequests: 5 },
      findings: [],
    });
    expect(limits({ http2: { maxRequests: 7 } }).pool).toEqual({ maxRequests: 7 });
    expect(limits(undefined).pool).toEqual({});
  });

  test('has the widest limits where listeners differ, of which none is the widest, and says so', () => {
    const [narrow, wide] = [{ http: { maxConnections: 10, maxPendingRequests: 5 } }, { http: { maxConnections: 20 } }];
    const findings = ['spec.listeners[1].connectionPool'];
    expect(limits(narrow, wide)).toEqual({ pool: { maxConnections: 20 }, findings });
    expect(limits(wide, narrow)).toEqual({ pool: { maxConnections: 20 }, findings });
    expect(limits(narrow, undefined)).toEqual({ pool: {}, findings });
  });
});
