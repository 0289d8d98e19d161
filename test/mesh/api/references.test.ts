import { expect, test } from 'vitest';
import { referencesOf } from '#mesh/api/references.ts';
import type { Resource, ResourceKind } from '#mesh/model/resource.ts';

const named = (kind: ResourceKind, spec: object) => {
  const resource = {
    kind,
    owner: '123456789012',
    mesh: 'm',
    name: 'x',
    spec,
    uid: 'u',
    version: 1,
    createdAt: 0,
    lastUpdatedAt: 0,
  };
  return referencesOf(resource as Resource).map(({ target, blocks }) => [target.kind, target.name, blocks]);
};
const action = {
  weightedTargets: [
    { virtualNode: 'a', weight: 1 },
    { virtualNode: 'b', weight: 0 },
    { virtualNode: 'a', weight: 1, port: 2 },
  ],
};
const target = { virtualService: { virtualServiceName: 's' } };

test.each(['httpRoute', 'http2Route', 'grpcRoute', 'tcpRoute'])(
  'a route names each node its %s targets, once',
  (protocol) => {
    expect(named('route', { [protocol]: { match: {}, action } })).toEqual([
      ['virtualNode', 'a', true],
      ['virtualNode', 'b', true],
    ]);
  },
);

test.each(['httpRoute', 'http2Route', 'grpcRoute'])('a gateway route names the service its %s targets', (protocol) => {
  expect(named('gatewayRoute', { [protocol]: { match: {}, action: { target } } })).toEqual([
    ['virtualService', 's', true],
  ]);
});

test('a service names its provider', () => {
  const provider = (name: string, kind: string) => ({ provider: { [kind]: { [`${kind}Name`]: name } } });

  expect(named('virtualService', provider('n', 'virtualNode'))).toEqual([['virtualNode', 'n', true]]);
  expect(named('virtualService', provider('r', 'virtualRouter'))).toEqual([['virtualRouter', 'r', true]]);
  expect(named('virtualService', {})).toEqual([]);
});

test('a node names its backends, and holds none of them', () => {
  const backends = [target, { virtualService: { virtualServiceName: 't' } }, target];

  expect(named('virtualNode', { backends })).toEqual([
    ['virtualService', 's', false],
    ['virtualService', 't', false],
  ]);
});

test.each<ResourceKind>(['mesh', 'virtualRouter', 'virtualGateway'])('a %s names nothing', (kind) => {
  expect(named(kind, { listeners: [] })).toEqual([]);
});
