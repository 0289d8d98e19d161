import fc from 'fast-check';
import { expect, test } from 'vitest';
import { translate } from '#mesh/envoy/translate.ts';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import { interception, meshFile, proxiesOf, toView } from '../../support/arbitrary-mesh.ts';
import { compileCase, goldenCases } from '../../support/golden-cases.ts';
import { refusalOf } from '../../support/validate-envoy.ts';

test.each(goldenCases())('Envoy accepts $name', (golden) => {
  expect(refusalOf(compileCase(golden).envoy)).toBeUndefined();
});

test('Envoy accepts what any mesh compiles to', () => {
  fc.assert(
    fc.property(meshFile.map(toView), interception, fc.nat(), (view, mode, nth) => {
      const proxies = proxiesOf(view);
      const proxy = proxies[nth % Math.max(proxies.length, 1)];
      fc.pre(proxy !== undefined);
      expect(refusalOf(translate(buildProxy(view, proxy, { interception: mode }).ir))).toBeUndefined();
    }),
    { numRuns: 30 },
  );
});

test('Envoy refuses a resource that is wrong, so that the tests above mean something', () => {
  const [golden] = goldenCases().filter(({ name }) => name === 'first-light');
  if (golden === undefined) throw new Error('no golden named first-light');
  const { envoy } = compileCase(golden);
  const clusters = envoy.clusters.filter(({ name }) => name?.startsWith('cds_ingress'));

  expect(refusalOf({ ...envoy, clusters })).toContain("unknown weighted cluster 'cds_egress_shop_orders_http_8080'");
});
