import { describe, expect, test } from 'vitest';
import { routeMatch } from '#mesh/ir/route-match.ts';
import { compileCase, goldenCases } from '../../support/golden-cases.ts';
import { simulate } from '../../support/simulate.ts';

const cases = goldenCases();

/** What a golden case compiles to. */
function golden(name: string) {
  const found = cases.find((item) => item.name === name);
  if (found === undefined) throw new Error(`no golden case ${name}`);
  return compileCase(found);
}

/** The filter chains of the listener for redirected connections, by what they match. */
function redirectedChains(name: string) {
  const listener = golden(name).ir.listeners.find(({ port }) => port === 15001);
  return (listener?.chains ?? []).filter(({ match }) => match.destinationPort !== 443).map(({ match }) => match);
}

const listenerFilters = (name: string, port: number) =>
  golden(name).envoy.listeners.find(({ address }) => address?.socketAddress?.portValue === port)?.listenerFilters ?? [];

describe('faults of App Mesh, cured', () => {
  test('backends of two protocols on one port made a listener that Envoy refused', () => {
    expect(redirectedChains('one-port-two-protocols')).toEqual([
      { destinationPort: 8080, applicationProtocols: ['http/1.0', 'http/1.1', 'h2c'] },
      { destinationPort: 8080 },
      {},
    ]);
  });

  test('a server that speaks first was never heard, because Envoy waited for the client', () => {
    for (const { name, filterDisabled } of listenerFilters('tcp', 15001).slice(1))
      expect([name, filterDisabled]).toEqual([
        'envoy.filters.listener.tls_inspector',
        { notMatch: { destinationPortRange: { start: 443, end: 444 } } },
      ]);
    expect(listenerFilters('tcp', 15000).map(({ name }) => name)).toEqual(['envoy.filters.listener.original_dst']);
  });

  test('of several TCP backends on one port one got all connections', () => {
    expect(redirectedChains('tcp-backends-on-one-port')).toEqual([
      { destinationPort: 3306, addresses: ['10.0.0.1', '10.0.0.2'] },
      { destinationPort: 3306, addresses: ['10.0.0.3'] },
    ]);
  });

  test('a prefix took paths that only begin with the same letters', () => {
    expect(routeMatch({ prefix: '/chapter' }).path).toEqual({ kind: 'subtree', value: '/chapter' });
    expect(routeMatch({ prefix: '/chapter*' }).path).toEqual({ kind: 'prefix', value: '/chapter' });
  });

  test('a gateway made /1 of /chapter1, and // of what was below a prefix without a slash', () => {
    const { envoy } = golden('gateway');
    const call = (path: string) => simulate(envoy, 'rds_ingress_http_8088', { host: 'example.com', path });
    expect(call('/orders/7')).toMatchObject({ path: '/7' });
    expect(call('/orders')).toMatchObject({ path: '/' });
    expect(call('/orders1')).toMatchObject({ path: '/orders1', host: 'front.local' });
  });

  test('a route’s time limit of more than 15 s ended at the listener’s own 15 s', () => {
    const limits = golden('first-light')
      .ir.routeConfigurations.filter(({ name }) => name.startsWith('rds_ingress'))
      .flatMap(({ virtualHosts }) => virtualHosts.flatMap(({ routes }) => routes));
    expect(limits).toMatchObject([{ action: { timeoutMs: 0, idleTimeoutMs: 0 } }]);
  });

  test('routes that nothing could take were dropped without a word', () => {
    const { findings } = golden('protocols-that-do-not-meet');
    expect(findings.map(({ arnPath }) => arnPath.split('/').at(-1))).toEqual([
      'front',
      'bare-method',
      'bare-method',
      'bytes',
      'elsewhere',
    ]);
  });

  test('more than three retries at a time were not made', () => {
    const breakers = golden('retries').envoy.clusters.flatMap(
      ({ circuitBreakers }) => circuitBreakers?.thresholds ?? [],
    );
    expect(breakers.length).toBeGreaterThan(0);
    for (const { maxRetries } of breakers) expect(maxRetries).toBeGreaterThan(1_000_000);
  });

  test('whether a service that is a node itself was retried depended on the age of the account', () => {
    const routes = golden('service-providers').ir.routeConfigurations.flatMap(({ virtualHosts }) =>
      virtualHosts.filter(({ name }) => name.endsWith('/node.local')).flatMap((host) => host.routes),
    );
    expect(routes).toMatchObject([{ action: { retry: { retries: 2, statusCodes: [503] } } }]);
  });

  test('an endpoint that was gone was kept for as long as its health checks passed', () => {
    const tracked = golden('task-endpoints').envoy.clusters.filter(({ type }) => type === 'EDS');
    expect(tracked.length).toBeGreaterThan(0);
    for (const cluster of tracked) expect(cluster.ignoreHealthOnHostRemoval).toBe(true);
  });

  test('a gateway sent each request through Envoy twice', () => {
    const { ir } = golden('gateway');
    expect(ir.listeners.map(({ port }) => port)).toEqual([8088]);
    expect(ir.clusters.map(({ name }) => name)).not.toContainEqual(expect.stringContaining('self_redirect'));
  });
});
