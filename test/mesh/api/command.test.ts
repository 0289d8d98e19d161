import { describe, expect, test } from 'vitest';
import { type OperationRequest, readCommand } from '#mesh/api/command.ts';
import type { OperationName } from '#mesh/api/model.ts';

const home = { owner: '123456789012', region: 'eu-west-1' };
const spec = { httpRoute: { match: { prefix: '/' }, action: { weightedTargets: [{ virtualNode: 'a', weight: 1 }] } } };
const request = (operation: OperationName, more: Partial<OperationRequest> & { json?: object } = {}) => ({
  operation,
  params: { meshName: 'm', virtualRouterName: 'r', ...more.params },
  query: more.query ?? {},
  body: more.body ?? (more.json === undefined ? '' : JSON.stringify(more.json)),
});
const read = (...args: Parameters<typeof request>) => readCommand(request(...args), home);

test('a create carries its id, its spec as sent, its tags and its token', () => {
  const json = { routeName: 'x', spec, tags: [{ key: 'k', value: 'v' }], clientToken: 'w-dep-1-2' };

  expect(read('CreateRoute', { json })).toEqual({
    verb: 'create',
    draft: {
      id: { kind: 'route', owner: home.owner, mesh: 'm', parent: 'r', name: 'x' },
      spec,
      tags: [{ key: 'k', value: 'v' }],
      token: { text: 'w-dep-1-2', fingerprint: expect.stringMatching(/^[\w-]{43}$/) },
    },
  });
});

test('the fingerprint of a token follows the parameters, not the order of their keys', () => {
  const print = (json: object) => {
    const command = read('CreateRoute', { json: { ...json, clientToken: 't' } });
    return command.verb === 'create' ? command.draft.token?.fingerprint : undefined;
  };
  const { match, action } = spec.httpRoute;

  expect(print({ routeName: 'x', spec })).toBe(print({ spec: { httpRoute: { action, match } }, routeName: 'x' }));
  expect(print({ routeName: 'x', spec })).not.toBe(print({ routeName: 'y', spec }));
  expect(print({ routeName: 'x', spec })).not.toBe(print({ routeName: 'x', spec: { ...spec, priority: 1 } }));
});

describe('a mesh and its spec', () => {
  test('a mesh may be created and updated without a spec', () => {
    expect(read('CreateMesh', { json: { meshName: 'm' } })).toMatchObject({ draft: { spec: {} } });
    expect(read('UpdateMesh')).toMatchObject({ verb: 'update', draft: { spec: {} } });
  });

  test('every other kind needs one', () => {
    expect(() => read('CreateVirtualNode', { json: { virtualNodeName: 'n' } })).toThrow('spec is required');
  });
});

test('a query parameter nobody knows is refused, for it would be taken as heard', () => {
  expect(() => read('DescribeRoute', { params: { routeName: 'x' }, query: { dryRun: 'true' } })).toThrow(
    'the query parameter "dryRun" is unknown',
  );
  expect(read('DeleteMesh', { query: { meshOwner: home.owner } })).toMatchObject({ verb: 'delete' });
});

describe('a list', () => {
  test('reads its page from the query', () => {
    expect(read('ListRoutes', { query: { limit: '7', nextToken: 't' } })).toEqual({
      verb: 'list',
      query: { kind: 'route', owner: home.owner, mesh: 'm', parent: 'r', limit: 7, nextToken: 't' },
    });
    expect(read('ListRoutes')).toMatchObject({ query: { limit: 100 } });
  });

  test.each(['0', '101', 'x', '1.5', ''])('refuses limit %j', (limit) => {
    expect(() => read('ListRoutes', { query: { limit } })).toThrow(/^limit /);
  });
});

describe('a resource ARN', () => {
  test('names the resource to tag', () => {
    const resourceArn = 'arn:aws:appmesh:eu-west-1:123456789012:mesh/m/virtualRouter/r/route/x/y';
    expect(read('TagResource', { query: { resourceArn }, json: { tags: [] } })).toEqual({
      verb: 'tag',
      id: { kind: 'route', owner: home.owner, mesh: 'm', parent: 'r', name: 'x/y' },
      tags: [],
    });
  });

  test.each([
    ['mesh/m', 'BadRequestException'],
    ['nonsense', 'BadRequestException'],
    ['arn:aws:appmesh:us-east-1:123456789012:mesh/m', 'NotFoundException'],
    ['arn:aws:appmesh:eu-west-1:999999999999:mesh/m', 'NotFoundException'],
  ])('%s is refused with %s', (resourceArn, name) => {
    expect(() => read('ListTagsForResource', { query: { resourceArn } })).toThrow(expect.objectContaining({ name }));
  });
});

test.each([
  ['another account', { query: { meshOwner: '999999999999' } }, 'ForbiddenException'],
  ['no account', { query: { meshOwner: 'me' } }, 'BadRequestException'],
])('meshOwner of %s is refused', (_, more, name) => {
  expect(() => read('DescribeRoute', { ...more, params: { routeName: 'x' } })).toThrow(
    expect.objectContaining({ name }),
  );
});

test.each([
  ['a typo', { routeName: 'x', spec, tag: [] }, 'tag is unknown'],
  ['a name of the path in the body', { routeName: 'x', spec, meshName: 'n' }, 'meshName belongs in the path'],
  ['a control character', { routeName: 'x\n', spec }, 'routeName is "x\\n", which has control characters'],
  ['a name too long for a key', { routeName: '€'.repeat(100), spec }, 'routeName has 900 bytes percent-encoded'],
  [
    'a tag twice',
    {
      routeName: 'x',
      spec,
      tags: [
        { key: 'a', value: '' },
        { key: 'a', value: '' },
      ],
    },
    'tags[1].key is "a"',
  ],
  ['a token of no token characters', { routeName: 'x', spec, clientToken: 'a b' }, 'clientToken is "a b"'],
  ['two faults', { spec: { priority: 'x', ...spec } }, 'routeName is required; spec.priority must be an integer'],
])('%s is a BadRequest that says so', (_, json, message) => {
  expect(() => read('CreateRoute', { json })).toThrow(expect.objectContaining({ name: 'BadRequestException' }));
  expect(() => read('CreateRoute', { json })).toThrow(message);
});

test.each<[OperationName, object, string]>([
  ['CreateMesh', { meshName: 'a/b' }, 'meshName is "a/b"; must have no /'],
  ['CreateVirtualRouter', { virtualRouterName: 'a/b', spec: {} }, 'virtualRouterName is "a/b"; must have no /'],
  [
    'CreateVirtualGateway',
    { virtualGatewayName: '/', spec: { listeners: [] } },
    'virtualGatewayName is "/"; must have no /',
  ],
])('%s refuses a name that would make ARNs ambiguous', (operation, json, message) => {
  const params: Record<string, string> = operation === 'CreateMesh' ? {} : { meshName: 'm' };

  expect(() => readCommand({ operation, params, query: {}, body: JSON.stringify(json) }, home)).toThrow(message);
});

test('a virtual service and a node may have a slash in their names', () => {
  expect(read('CreateVirtualService', { json: { virtualServiceName: 'a/b', spec: {} } })).toMatchObject({
    verb: 'create',
  });
  expect(read('CreateVirtualNode', { json: { virtualNodeName: 'a/b', spec: {} } })).toMatchObject({ verb: 'create' });
});

test('a backend without a name is refused', () => {
  const json = { virtualNodeName: 'n', spec: { backends: [{ virtualService: { virtualServiceName: '' } }] } };

  expect(() => read('CreateVirtualNode', { json })).toThrow('the name of a virtualService in spec is empty');
});
