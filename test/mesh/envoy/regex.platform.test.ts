import { expect, test } from 'vitest';
import { translate } from '#mesh/envoy/translate.ts';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import { meshView, proxyId } from '../../support/mesh-view.ts';
import { refusalOf } from '../../support/validate-envoy.ts';

/** `front`, whose backend is routed by this regular expression. */
function routedBy(regex: string) {
  const view = meshView(`
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: api.local } }] }
  virtualNode/api: { listeners: [{ portMapping: { port: 80, protocol: http } }], serviceDiscovery: { dns: { hostname: api } } }
  virtualService/api.local: { provider: { virtualRouter: { virtualRouterName: api } } }
  virtualRouter/api: { listeners: [{ portMapping: { port: 80, protocol: http } }] }
  virtualRouter/api/route/r: { httpRoute: { match: { path: { regex: ${JSON.stringify(regex)} } }, action: { weightedTargets: [{ virtualNode: api, weight: 1 }] } } }`);
  return buildProxy(view, proxyId(view, 'virtualNode/front'), { interception: 'explicit' });
}

test.each([
  ['the class that costs Envoy most', String.raw`\PL{990}`],
  ['any letter of any script', String.raw`\pL{990}`],
  ['anything', '.{990}'],
  ['all but a letter that is several bytes', '[^é]{990}'],
  ['text whatever its case', `(?i)${'abcdefghij'.repeat(25)}`],
  ['alternatives', '(?:alpha|beta|gamma|delta){40}'],
])('Envoy takes the largest expression that is accepted: %s', (_, regex) => {
  const { ir, findings } = routedBy(regex);
  expect(findings).toEqual([]);
  expect(refusalOf(translate(ir))).toBeUndefined();
});

test.each([String.raw`\PL{999}{2}`, '(?<=a)b', '('])('Envoy is never sent %j, which it would refuse', (regex) => {
  const { ir, findings } = routedBy(regex);
  expect(findings).toMatchObject([{ kind: 'invalid', path: 'spec.httpRoute.match.path.regex' }]);
  expect(refusalOf(translate(ir))).toBeUndefined();
});
