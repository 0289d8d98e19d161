import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchOperations, percentEncode } from '#mesh/api/match-operation.ts';
import { operationList } from '#mesh/api/model.ts';

/** What API Gateway does to a path: decodes everything but `%25`. */
const gateway = (encoded: string) => decodeURIComponent(encoded.replaceAll('%25', '%2525'));

test('a plain path means, first of all, the operation whose names have no slash', () => {
  const [first, ...others] = matchOperations('PUT', '/v20190125/meshes/shop/virtualRouter/orders/routes/main');

  expect(first).toEqual({
    operation: 'UpdateRoute',
    params: { meshName: 'shop', virtualRouterName: 'orders', routeName: 'main' },
    encodedPath: '/v20190125/meshes/shop/virtualRouter/orders/routes/main',
  });
  expect(others.map(({ encodedPath }) => encodedPath)).toEqual([
    '/v20190125/meshes/shop%2FvirtualRouter%2Forders%2Froutes%2Fmain',
  ]);
});

test.each([
  ['POST', '/v20190125/meshes'],
  ['GET', '/v20190125/meshes/'],
  ['GET', '/v20190125'],
  ['GET', '/'],
  ['GET', '/V20190125/meshes'],
  ['DELETE', '/v20190125/meshes'],
])('%s %s means nothing', (method, path) => {
  expect(matchOperations(method, path)).toEqual([]);
});

test('a decoded slash leaves both readings, each with the path it would have been signed as', () => {
  const found = matchOperations('GET', '/v20190125/meshes/m/virtualNodes');

  expect(found.map(({ operation, encodedPath }) => [operation, encodedPath])).toEqual([
    ['ListVirtualNodes', '/v20190125/meshes/m/virtualNodes'],
    ['DescribeMesh', '/v20190125/meshes/m%2FvirtualNodes'],
  ]);
});

test('a path that a gateway left encoded is read too', () => {
  const found = matchOperations('GET', '/v20190125/meshes/m/virtualServices/a%2Fb%20c');

  expect(found).toContainEqual({
    operation: 'DescribeVirtualService',
    params: { meshName: 'm', virtualServiceName: 'a/b c' },
    encodedPath: '/v20190125/meshes/m/virtualServices/a%2Fb%20c',
  });
});

test('whatever the names, the operation that was sent is among the readings, under its own signed path', () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed()),
    fc.constantFrom('a/b', '%', '%25', '%2F', 'x y', 'routes', 'a/virtualNodes/b', '…', "!'()*", 'a%25b'),
  );
  const names = fc.tuple(name, name, name);
  fc.assert(
    fc.property(fc.constantFrom(...operationList), names, ([operation, { method, path }], values) => {
      const fields = [...path.matchAll(/\{(\w+)\}/g)].map(([, field]) => field ?? '');
      const params = Object.fromEntries(fields.map((field, index) => [field, values[index] ?? '']));
      const encodedPath = path.replace(/\{(\w+)\}/g, (_, field) => percentEncode(params[field] ?? ''));

      const found = matchOperations(method, gateway(encodedPath));

      expect(found).toContainEqual({ operation, params, encodedPath });
      expect(new Set(found.map((match) => match.encodedPath)).size).toBe(found.length);
    }),
  );
});

test('a path made to have thousands of readings is cut off', () => {
  const path = `/v20190125/meshes/m${'/virtualRouter/r/routes'.repeat(400)}`;

  expect(matchOperations('GET', path).length).toBeLessThan(200);
});
