import { expect, test } from 'vitest';
import { plan } from '../../proxy/agent/plan.ts';
import { delimited } from '../../proxy/agent/protobuf.ts';
import type { Resources } from '../../proxy/agent/resources.ts';
import { CLUSTER, ENDPOINTS } from '../../proxy/agent/xds-type.ts';

/** Clusters with endpoints of the same name; those of `checked` declare a health check. */
function clusters(names: readonly string[], checked: readonly string[] = []): Resources {
  const body = (name: string) => (checked.includes(name) ? delimited(8, 'check') : delimited(1, name));
  return new Map([
    [CLUSTER, new Map(names.map((name) => [name, { version: '1', body: body(name) }]))],
    [ENDPOINTS, new Map(names.map((name) => [name, { version: '1', body: Buffer.from(name) }]))],
  ]);
}

/** The versions of the endpoints that each stage serves. */
const endpoints = (served: Resources | undefined, next: Resources) =>
  plan(served, next).map(({ name, serve }) => {
    const versions = [...(serve.get(ENDPOINTS) ?? [])].map(([of, { version }]) => `${of} ${version}`);
    return `${name}: ${versions.join(', ')}`;
  });

test('a new cluster that checks health is announced without endpoints, so that no member has to answer first', () => {
  expect(endpoints(clusters(['a']), clusters(['a', 'b', 'c'], ['b']))).toEqual([
    'add: a 1, b empty, c 1',
    'add: a 1, b 1, c 1',
    'route: a 1, b 1, c 1',
    'remove: a 1, b 1, c 1',
  ]);
});

test('a cluster that is no message is left to Envoy to refuse', () => {
  const broken = new Map([[CLUSTER, new Map([['b', { version: '1', body: Buffer.from('no message') }]])]]);
  expect(plan(clusters(['a']), broken).map(({ name }) => name)).toEqual(['add', 'route', 'remove']);
});

test('a cluster that Envoy has keeps its endpoints at every stage', () => {
  expect(endpoints(clusters(['a'], ['a']), clusters(['a', 'c'], ['a']))).toEqual([
    'add: a 1, c 1',
    'route: a 1, c 1',
    'remove: a 1, c 1',
  ]);
});
