import { describe, expect, test } from 'vitest';
import type { HttpCall } from '../support/http-client.ts';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, CHOSEN, OTHER] = [ip(1), ip(2), ip(3)];

/** Requests that meet `match` go to `chosen`, all others to `other`. */
const mesh = (match: object, priority = 1) => `
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualNode/chosen: ${node([8080, 'http'])}
  virtualNode/other: ${node([8080, 'http'])}
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/chosen:
    priority: ${priority}
    httpRoute: { match: ${JSON.stringify(match)}, action: { weightedTargets: [{ virtualNode: chosen, weight: 1 }] } }
  virtualRouter/orders/route/other:
    priority: 10
    httpRoute: { match: { prefix: / }, action: { weightedTargets: [{ virtualNode: other, weight: 1 }] } }
${served({ chosen: { stable: [CHOSEN] }, other: { stable: [OTHER] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh({ prefix: '/' }),
  upstreams: [
    { name: 'chosen', address: CHOSEN, port: 8080 },
    { name: 'other', address: OTHER, port: 8080 },
  ],
});

const x = (value: string): HttpCall => ({ headers: { 'x-a': value } });
const header = (match?: object, invert = false) => ({
  prefix: '/',
  headers: [{ name: 'X-A', invert, ...(match && { match }) }],
});
const path = (value: string): HttpCall => ({ path: value });

/** Holds a match against requests that meet it and requests that do not. */
async function holds(match: object, matching: readonly HttpCall[], others: readonly HttpCall[]): Promise<void> {
  await traffic.apply(mesh(match));
  const client = traffic.client(8080);
  for (const call of matching) expect([call, (await client.send(call)).app]).toEqual([call, 'chosen']);
  for (const call of others) expect([call, (await client.send(call)).app]).toEqual([call, 'other']);
}

describe('a route matches', () => {
  test('a path prefix, of whole segments', () =>
    holds({ prefix: '/a' }, [path('/a'), path('/a?x'), path('/a/b?x')], [path('/'), path('/b/a'), path('/ab')]));

  test('a path prefix as text, with a * behind it', () =>
    holds({ prefix: '/a*' }, [path('/a'), path('/a/b?x'), path('/ab')], [path('/'), path('/b/a')]));

  test('an exact path, whatever the query', () =>
    holds({ path: { exact: '/a' } }, [path('/a'), path('/a?b=c')], [path('/a/'), path('/ab')]));

  test('a regular expression of the whole path', () =>
    holds(
      { path: { regex: '/items/[0-9]+' } },
      [path('/items/7'), path('/items/77?x=y')],
      [path('/items/7/x'), path('/items/')],
    ));

  test('a normalized path', () =>
    holds({ path: { exact: '/a/b' } }, [path('//a/./b'), path('/a/c/../b')], [path('/a/b/c')]));

  test('a method', () =>
    holds({ prefix: '/', method: 'POST' }, [{ method: 'POST' }], [{ method: 'GET' }, { method: 'PUT' }]));

  test('a scheme', () => holds({ prefix: '/', scheme: 'http' }, [{}], []));

  test('not a scheme that is another', () => holds({ prefix: '/', scheme: 'https' }, [], [{}]));

  test('a header that is there', () => holds(header(), [x(''), x('1')], [{}]));

  test('a header that is not there', () => holds(header(undefined, true), [{}], [x('1')]));

  test('a header’s exact value', () => holds(header({ exact: 'one' }), [x('one')], [x('One'), x('ones'), {}]));

  test('a header’s prefix', () => holds(header({ prefix: 'one' }), [x('one'), x('ones')], [x('a one'), {}]));

  test('a header’s suffix', () => holds(header({ suffix: 'one' }), [x('one'), x('a one')], [x('ones'), {}]));

  test('a header’s regular expression, whole', () =>
    holds(header({ regex: 'o+ne?' }), [x('oone'), x('on')], [x('a one'), {}]));

  test('a header’s range, without its end', () =>
    holds(header({ range: { start: -1, end: 10 } }), [x('-1'), x('0'), x('9')], [x('10'), x('-2'), x('5x'), {}]));

  test('any header value but one', () => holds(header({ exact: 'one' }, true), [x('two')], [x('one')]));

  test('a query parameter’s exact value', () =>
    holds(
      { prefix: '/', queryParameters: [{ name: 'q', match: { exact: '1' } }] },
      [path('/?a=b&q=1')],
      [path('/?q=2'), path('/')],
    ));

  test('a query parameter that is there', () =>
    holds({ prefix: '/', queryParameters: [{ name: 'q' }] }, [path('/?q'), path('/?q=2')], [path('/?p=2'), path('/')]));

  test('only when every condition holds', () =>
    holds(
      { prefix: '/a', method: 'POST', ...{ headers: [{ name: 'x-a', match: { exact: '1' } }] } },
      [{ ...x('1'), path: '/a', method: 'POST' }],
      [
        { ...x('1'), path: '/a' },
        { ...x('1'), method: 'POST' },
        { path: '/a', method: 'POST' },
      ],
    ));
});

test('a route of higher priority wins over one that is more specific', async () => {
  await traffic.apply(mesh({ path: { exact: '/a' } }, 20));
  expect((await traffic.client(8080).send({ path: '/a' })).app).toBe('other');
});
