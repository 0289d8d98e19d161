import { describe, expect, test } from 'vitest';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import type { ClientTlsIr } from '#mesh/ir/tls-ir.ts';
import { proxyId, viewOf } from '../../support/mesh-view.ts';

const FILE = { file: { certificateChain: '/c.pem', privateKey: '/k.pem' } };
const ACM = { acm: { certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1' } };
const trust = { file: { certificateChain: '/ca.pem' } };

/** What `front` speaks to `orders`, by the backends' policies (`a.local` and `b.local` both lead there), and what is said of it. */
function spoken(policies: Readonly<Record<string, object | undefined>>, tls?: object) {
  const backends = Object.entries(policies).map(([virtualServiceName, policy]) => ({
    virtualService: { virtualServiceName, ...(policy && { clientPolicy: { tls: policy } }) },
  }));
  const listener = { portMapping: { port: 8080, protocol: 'http' }, ...(tls && { tls }) };
  const services = Object.keys(policies).map((name) => [
    `virtualService/${name}`,
    { provider: { virtualNode: { virtualNodeName: 'orders' } } },
  ]);
  const view = viewOf({
    resources: {
      'virtualNode/front': { backends },
      'virtualNode/orders': { listeners: [listener], serviceDiscovery: { dns: { hostname: 'orders.local' } } },
      ...Object.fromEntries(services),
    },
  });
  const { ir, findings } = buildProxy(view, proxyId(view, 'virtualNode/front'), { interception: 'transparent' });
  const cluster = ir.clusters.find(({ name }) => name === 'cds_egress_shop_orders_http_8080');
  const found: ClientTlsIr | undefined = cluster?.kind === 'dns' ? cluster.tls : undefined;
  return { tls: found, findings: findings.map(({ kind, path }) => `${kind} ${path}`) };
}

describe('without a client policy', () => {
  test('the server decides: plain text where it takes no TLS', () => {
    expect(spoken({ 'a.local': undefined }).tls).toBeUndefined();
    expect(spoken({ 'a.local': undefined }, { mode: 'DISABLED', certificate: FILE }).tls).toBeUndefined();
  });

  test.each(['STRICT', 'PERMISSIVE'])(
    'a %s server with a file certificate is spoken to encrypted and believed',
    (mode) => {
      const { tls } = spoken({ 'a.local': undefined }, { mode, certificate: FILE });
      expect(tls).toEqual({ serverName: 'orders.local', applicationProtocols: ['http/1.1'] });
    },
  );

  test('a server with an ACM certificate is checked against its root and its discovery name', () => {
    const { tls } = spoken({ 'a.local': undefined }, { mode: 'STRICT', certificate: ACM });
    expect(tls?.server).toEqual({
      trust: { kind: 'acm-chain', certificateArn: ACM.acm.certificateArn },
      names: ['orders.local'],
    });
  });
});

describe('a client policy', () => {
  test('that is enforced speaks TLS to a server that declares none', () => {
    expect(spoken({ 'a.local': { validation: { trust } } }).tls?.server?.names).toEqual(['orders.local']);
  });

  test('that is not enforced leaves a server without TLS in plain text, and checks one with it', () => {
    const policy = { enforce: false, validation: { trust } };
    expect(spoken({ 'a.local': policy }).tls).toBeUndefined();
    expect(spoken({ 'a.local': policy }, { mode: 'STRICT', certificate: FILE }).tls?.server).toBeDefined();
  });

  test('for other ports leaves the decision to the server', () => {
    const policy = { ports: [9999], validation: { trust } };
    expect(spoken({ 'a.local': policy }).tls).toBeUndefined();
    expect(spoken({ 'a.local': policy }, { mode: 'STRICT', certificate: FILE }).tls?.server).toBeUndefined();
  });

  test('that names a wildcard is refused when enforced, and said to match nothing else', () => {
    const named = (enforce: boolean) => ({
      enforce,
      validation: { trust, subjectAlternativeNames: { match: { exact: ['*.local'] } } },
    });
    const path = 'spec.backends[0].virtualService.clientPolicy.tls.validation.subjectAlternativeNames.match.exact[0]';
    const server = { mode: 'STRICT', certificate: FILE };
    expect(spoken({ 'a.local': named(true) }, server).findings).toEqual([`invalid ${path}`]);
    expect(spoken({ 'a.local': named(false) }, server).findings).toEqual([`degraded ${path}`]);
  });

  test('that is stricter counts for both backends that lead to one listener, in whatever order they stand', () => {
    const strict = { validation: { trust, subjectAlternativeNames: { match: { exact: ['orders.local'] } } } };
    const server = { mode: 'STRICT', certificate: FILE };
    const lax = { ports: [1], validation: { trust } };
    for (const [a, b] of [
      [strict, lax],
      [lax, strict],
      [strict, undefined],
      [undefined, strict],
    ]) {
      const { tls, findings } = spoken({ 'a.local': a, 'b.local': b }, server);
      expect(tls?.server?.names).toEqual(['orders.local']);
      expect(findings).toEqual([expect.stringMatching(/^degraded spec\.backends\[1\]/)]);
    }
  });
});
