import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { validate } from '#mesh/api/validate.ts';
import { anyOf, mutated } from './arbitrary-shape.ts';

const violations = (shape: string, value: unknown) =>
  [...validate(shape, value, 'spec')].map(({ path, rule }) => `${path} ${rule}`);

const http = { match: { prefix: '/' }, action: { weightedTargets: [{ virtualNode: 'a', weight: 1 }] } };
const withTarget = (target: object) => ({ httpRoute: { ...http, action: { weightedTargets: [target] } } });
const at = 'spec.httpRoute.action.weightedTargets[0]';

test.each([
  ['a missing field', 'RouteSpec', withTarget({ weight: 1 }), `${at}.virtualNode is required`],
  [
    'an unknown field',
    'RouteSpec',
    withTarget({ virtualNode: 'a', weight: 1, wieght: 2 }),
    `${at}.wieght is unknown; the fields here are port, virtualNode, weight`,
  ],
  [
    'a number as text',
    'RouteSpec',
    withTarget({ virtualNode: 'a', weight: '1' }),
    `${at}.weight must be an integer, not "1"`,
  ],
  [
    'a number out of range',
    'RouteSpec',
    withTarget({ virtualNode: 'a', weight: 101 }),
    `${at}.weight is 101; must be at most 100`,
  ],
  [
    'a fraction',
    'RouteSpec',
    withTarget({ virtualNode: 'a', weight: 0.5 }),
    `${at}.weight must be an integer, not 0.5`,
  ],
  ['text for an object', 'RouteSpec', { httpRoute: 'x' }, 'spec.httpRoute must be an object, not "x"'],
  ['a list for an object', 'RouteSpec', [], 'spec must be an object, not a list'],
  ['null', 'RouteSpec', { priority: null }, 'spec.priority must be an integer, not null'],
  [
    'an empty list',
    'RouteSpec',
    { httpRoute: { ...http, action: { weightedTargets: [] } } },
    'spec.httpRoute.action.weightedTargets has 0 entries; must have at least 1',
  ],
  [
    'a value out of an enum',
    'MeshSpec',
    { egressFilter: { type: 'ALL' } },
    'spec.egressFilter.type is "ALL"; must be one of ALLOW_ALL, DROP_ALL',
  ],
  [
    'two members of a union',
    'VirtualServiceSpec',
    { provider: { virtualNode: { virtualNodeName: 'a' }, virtualRouter: { virtualRouterName: 'b' } } },
    'spec.provider has 2 members; must have exactly one of virtualNode, virtualRouter',
  ],
  [
    'an empty union',
    'VirtualServiceSpec',
    { provider: {} },
    'spec.provider has 0 members; must have exactly one of virtualNode, virtualRouter',
  ],
  ['text out of its pattern', 'AwsCloudMapInstanceAttributeKey', 'a b', 'spec is "a b"; must match ^[a-zA-Z0-9!-~]+$'],
  ['half a surrogate pair', 'ResourceName', '\ud800', 'spec holds half of a surrogate pair, which is no Unicode text'],
  ['text too long', 'HeaderName', 'x'.repeat(51), 'spec is 51 characters long; must be at most 50'],
])('%s is named with its path, value and rule', (_, shape, value, message) => {
  expect(violations(shape, value)).toEqual([message]);
});

test("an object's own names are no field names", () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
    expect(violations('MeshSpec', JSON.parse(`{"${name}": {}}`))).toHaveLength(1);
});

const specs = [
  'MeshSpec',
  'VirtualNodeSpec',
  'VirtualRouterSpec',
  'RouteSpec',
  'VirtualServiceSpec',
  'VirtualGatewaySpec',
  'GatewayRouteSpec',
];

describe.each(specs)('%s', (shape) => {
  test('accepts everything the service model allows', () => {
    const accepted = (value: unknown) => void expect(violations(shape, value)).toEqual([]);
    fc.assert(fc.property(anyOf(shape), accepted), { numRuns: 200 });
  });

  test('never throws, whatever stands anywhere in it', () => {
    fc.assert(
      fc.property(fc.oneof(mutated(anyOf(shape)), fc.jsonValue()), (value) => Array.isArray(violations(shape, value))),
    );
  });
});

test('a list nested a hundred thousand deep is refused without a word too many', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);

  expect(violations('RouteSpec', { httpRoute: deep })).toEqual(['spec.httpRoute must be an object, not a list']);
});
