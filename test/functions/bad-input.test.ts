import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { operationList, shapeOf } from '#mesh/api/model.ts';
import { anyOf, mutated } from '../mesh/api/arbitrary-shape.ts';
import { appMeshApi, type RawAnswer, type RawRequest, UNREACHED } from '../support/app-mesh-api.ts';

const call = appMeshApi(UNREACHED);
const put = (body: RawRequest['body'], more: Partial<RawRequest> = {}) =>
  call({ method: 'PUT', path: '/meshes/m/virtualNodes', body: body ?? '', ...more });
const node = (spec: object, more: object = {}) => JSON.stringify({ virtualNodeName: 'n', spec, ...more });
const listener = (more: object) => node({ listeners: [{ portMapping: { port: 80, protocol: 'http' }, ...more }] });
const routeBody = (httpRoute: object) => JSON.stringify({ routeName: 'r', spec: { httpRoute } });
const routes = { path: '/meshes/m/virtualRouter/r/routes' };

function expectRefusal({ status, type, body, text }: RawAnswer, message: string | RegExp): void {
  expect([status, type]).toEqual([400, 'BadRequestException']);
  expect(Object.keys(body)).toEqual(['message']);
  expect(body['message']).toEqual(
    typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
  );
  expect(text).not.toMatch(/\.ts:\d|node_modules|at \w+ \(/);
}

describe('a body', () => {
  test.each([
    ['cut off', '{"virtualNodeName":', 'the body is not JSON'],
    ['of another format', 'virtualNodeName=n', 'the body is not JSON'],
    ['with a trailing comma', '{"virtualNodeName":"n",}', 'the body is not JSON'],
    ['that is a list', '[]', 'the body must be a JSON object'],
    ['that is a number', '1', 'the body must be a JSON object'],
    ['that is null', 'null', 'the body must be a JSON object'],
    ['that is not there', '', 'spec is required'],
    ['of bytes that are no text', Uint8Array.of(0x7b, 0xff, 0x7d), 'the body is not UTF-8 text'],
  ])('%s is refused', async (_, body, message) => {
    expectRefusal(await put(body), message);
  });

  test('over a megabyte is refused before it is read', async () => {
    expectRefusal(await put(node({}, { tags: 'x'.repeat(1_048_576) })), /the body has \d+ bytes; it may have 1048576/);
  });

  test.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'of content type %s is refused',
    async (type) => {
      expectRefusal(await put(node({}), { headers: { 'content-type': type } }), `content-type is ${type}`);
    },
  );

  test.each([
    ['a thousand', 1_000],
    ['a hundred thousand', 100_000],
  ])('of %s levels is refused', async (_, levels) => {
    const deep = `{"virtualNodeName":"n","spec":{"deep":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
    expectRefusal(await put(deep), /^spec\.deep\[0\].*… is more than 100 levels deep$/);
  });
});

describe('a field', () => {
  test.each([
    ['that is misspelt', node({ listners: [] }), 'spec.listners is unknown; the fields here are'],
    ['of the body that is unknown', node({}, { region: 'x' }), 'region is unknown'],
    ['of the path that is said in the body', node({}, { meshName: 'm' }), 'meshName belongs in the path'],
    [
      'that is there twice',
      '{"virtualNodeName":"n","spec":{"backends":[],"backends":[]}}',
      'spec.backends is there twice',
    ],
    [
      'with a number as text',
      node({ listeners: [{ portMapping: { port: '80', protocol: 'http' } }] }),
      'spec.listeners[0].portMapping.port must be an integer, not "80"',
    ],
    [
      'with text as a number',
      node({ listeners: [{ portMapping: { port: 80, protocol: 1 } }] }),
      'spec.listeners[0].portMapping.protocol must be a string, not 1',
    ],
    [
      'with a fraction',
      node({ listeners: [{ portMapping: { port: 80.5, protocol: 'http' } }] }),
      'spec.listeners[0].portMapping.port must be an integer, not 80.5',
    ],
    [
      'with a number no computer holds',
      `{"virtualNodeName":"n","spec":{"listeners":[{"portMapping":{"port":1e999,"protocol":"http"}}]}}`,
      'spec.listeners[0].portMapping.port must be an integer',
    ],
    ['with an object for a list', node({ listeners: {} }), 'spec.listeners must be a list, not an object'],
    ['with null', node({ listeners: null }), 'spec.listeners must be a list, not null'],
    [
      'that is half of a character',
      '{"virtualNodeName":"\\ud800","spec":{}}',
      'virtualNodeName holds half of a surrogate pair',
    ],
    ['with a prototype', '{"virtualNodeName":"n","spec":{"__proto__":{"polluted":true}}}', 'spec.__proto__ is unknown'],
    [
      'that a union has beside another',
      listener({ timeout: { http: {}, grpc: {} } }),
      'spec.listeners[0].timeout has 2 members',
    ],
  ])('%s is refused with its path', async (_, body, message) => {
    expectRefusal(await put(body), message);
  });

  test('of a list is named by its position', async () => {
    const targets = [
      { virtualNode: 'a', weight: 1 },
      { virtualNode: 'b', weight: 101 },
    ];
    const body = routeBody({ match: { prefix: '/' }, action: { weightedTargets: targets } });

    expectRefusal(
      await put(body, routes),
      'spec.httpRoute.action.weightedTargets[1].weight is 101; must be at most 100',
    );
  });

  test('is one of several that are told at once', async () => {
    const { body } = await put(node({ listeners: [{ portMapping: { port: 0, protocol: 'udp' } }] }));

    expect(body['message']).toMatch(/port is 0; must be at least 1; .*protocol is "udp"/);
  });
});

describe('a name', () => {
  const named = (virtualNodeName: string) => JSON.stringify({ virtualNodeName, spec: {} });
  test.each([
    ['with a control character', named('a\u0000b'), 'virtualNodeName is "a\\u0000b", which has control characters'],
    ['with a line break', named('a\nb'), 'which has control characters'],
    ['that is empty', named(''), 'virtualNodeName is 0 characters long; must be at least 1'],
    ['that is too long', named('n'.repeat(256)), 'virtualNodeName is 256 characters long; must be at most 255'],
    [
      'of characters that a key has no room for',
      named('船'.repeat(100)),
      'virtualNodeName has 900 bytes percent-encoded',
    ],
  ])('%s is refused', async (_, body, message) => {
    expectRefusal(await put(body), message);
  });

  const long = encodeURIComponent('船'.repeat(200));
  test.each([
    ['described', { method: 'GET', path: `/meshes/m/virtualServices/${long}` }, 'virtualServiceName has 1800 bytes'],
    ['deleted', { method: 'DELETE', path: '/meshes/m/virtualServices/a%00b' }, 'which has control characters'],
    ['listed', { method: 'GET', path: `/meshes/${long}/virtualNodes` }, 'meshName has 1800 bytes'],
    ['a parent', { method: 'GET', path: `/meshes/m/virtualRouter/${long}/routes` }, 'virtualRouterName has 1800 bytes'],
    [
      'tagged',
      {
        method: 'PUT',
        path: '/tag',
        query: `resourceArn=${encodeURIComponent('arn:aws:appmesh:us-east-1:000000000000:mesh/m/virtualService/')}${long}`,
        body: '{"tags":[]}',
      },
      'virtualServiceName has 1800 bytes',
    ],
  ])('no key can be made of is refused, too, when it is %s', async (_, request, message) => {
    expectRefusal(await call(request), message);
  });
});

describe('a query', () => {
  const list = (query: string) => call({ method: 'GET', path: '/meshes', query });
  test.each([
    ['limit=0', 'limit is 0; must be at least 1'],
    ['limit=101', 'limit is 101; must be at most 100'],
    ['limit=ten', 'limit must be an integer, not "ten"'],
    ['limt=1', 'the query parameter "limt" is unknown'],
    ['dryRun=true', 'the query parameter "dryRun" is unknown'],
  ])('%s is refused', async (query, message) => {
    expectRefusal(await list(query), message);
  });

  test('dryRun is true or false', async () => {
    expectRefusal(await put(node({}), { query: 'dryRun=yes' }), 'dryRun is "yes"; must be true or false');
  });
});

describe.each(operationList)('%s', (_, { method, path, input }) => {
  test('answers nothing but refusals to what is not right, and never a 500 of its own', async () => {
    const reached = { count: 0 };
    const recording = new Proxy(UNREACHED, {
      get: () => () => {
        reached.count++;
        return Promise.reject(new Error('reached'));
      },
    });
    const members = Object.entries(shapeOf(input).members ?? {}).filter(([, type]) => !type.includes(':'));
    const body = mutated(
      fc.record(Object.fromEntries(members.map(([key, type]) => [key, anyOf(type)])), { requiredKeys: [] }),
    );
    const asked = path.replace('/v20190125', '').replaceAll(/\{\w+\}/g, 'x');
    const anything = fc.oneof(
      body.map((value) => JSON.stringify(value)),
      fc.string(),
      fc.uint8Array(),
    );

    await fc.assert(
      fc.asyncProperty(anything, async (sent) => {
        const before = reached.count;
        const { status, text } = await appMeshApi(recording)({ method, path: asked, body: sent });
        if (status === 500) expect(reached.count).toBeGreaterThan(before);
        else expect(status).toBeGreaterThanOrEqual(400);
        expect(text).not.toMatch(/\.ts:\d|node_modules/);
      }),
      { numRuns: 30 },
    );
  });
});
