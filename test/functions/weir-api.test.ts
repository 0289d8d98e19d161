import { describe, expect, test } from 'vitest';
import { node, rollout } from '../support/rollout.ts';
import { api, service } from '../support/weir-api.ts';

describe('rollouts', () => {
  test('are listed without what is inner to them', async () => {
    const { call, did } = api([rollout({ wait: { name: 'acks', token: 'secret', since: 1, seconds: 5 } })]);

    const { status, body } = await call('GET', '/rollouts', undefined, { status: 'running', limit: '5' });

    expect(status).toBe(200);
    expect(body).toMatchObject({ nextToken: 'more', rollouts: [{ id: 'dep-2', mesh: 'shop', virtualNode: 'orders' }] });
    expect(JSON.stringify(body)).not.toMatch(/secret|fence|facts/);
    expect(did.queries).toEqual([{ status: 'running', limit: 5 }]);
  });

  test.each([
    [{ status: 'done' }, 'status'],
    [{ limit: '0' }, 'limit'],
    [{ limit: '101' }, 'limit'],
    [{ limit: 'all' }, 'limit'],
    [{ page: '1' }, 'page'],
    [{ nextToken: 'foreign' }, 'nextToken'],
  ])('are not listed for a question that cannot be: %j', async (query, path) => {
    const { call } = api();

    expect(await call('GET', '/rollouts', undefined, query)).toMatchObject({
      status: 400,
      body: { error: { code: 'BadRequest', path } },
    });
  });

  test('are shown with the evidence of each sidecar', async () => {
    const { call } = api([rollout()]);

    expect(await call('GET', '/rollouts/dep-2')).toMatchObject({
      status: 200,
      body: { id: 'dep-2', evidence: { eValue: 1, threshold: 100, sidecars: [{ task: 't1', phi: 2 }] } },
    });
    expect(await call('GET', '/rollouts/dep-9')).toMatchObject({ status: 404, body: { error: { code: 'NotFound' } } });
  });
});

describe('a start by hand', () => {
  test('starts the newest deployment as its event would have, with who asked', async () => {
    const { call, did } = api();

    expect(await call('POST', '/rollouts', { service })).toEqual({ status: 202, body: { id: 'dep-2' } });
    expect(did.started).toEqual([
      {
        serviceArn: service,
        clusterArn: 'c',
        deployment: 'ecs-svc/2',
        node: node(),
        taskDefinition: 'orders:2',
        actor: 'arn:aws:iam::111122223333:user/me',
      },
    ]);
  });

  test('is refused with what is missing', async () => {
    const stable = { splits: { get: async () => ({ split: { stable: ['ecs-svc/2'] }, fence: 1 }) } };

    expect(await api().call('POST', '/rollouts', { service: 'orders' })).toMatchObject({
      status: 400,
      body: { error: { path: 'service' } },
    });
    expect((await api([], { primary: async () => undefined }).call('POST', '/rollouts', { service })).status).toBe(404);
    expect(
      (await api([], { taskDefinition: async () => undefined }).call('POST', '/rollouts', { service })).status,
    ).toBe(409);
    expect((await api([], stable).call('POST', '/rollouts', { service })).status).toBe(409);
  });
});

describe('paths', () => {
  test('of a mesh may hold a slash', async () => {
    const { call } = api([], { proxies: async (_, mesh) => (mesh === 'a/b' ? [] : undefined) });

    expect(await call('GET', '/meshes/a/b/proxies')).toEqual({ status: 200, body: { proxies: [] } });
    expect((await call('GET', '/meshes/c/proxies')).status).toBe(404);
    expect(await call('GET', '/meshes/shop/findings')).toEqual({ status: 200, body: { findings: [] } });
    expect((await call('GET', '/meshes/c/findings')).status).toBe(404);
  });

  test('that are not there are a 404, methods that are not a 405 with those that are', async () => {
    const { call } = api();

    expect((await call('GET', '/nothing')).status).toBe(404);
    expect(await call('DELETE', '/rollouts')).toMatchObject({
      status: 405,
      body: { error: { message: 'DELETE is not for /weir/v1/rollouts; it takes GET, POST' } },
    });
  });
});
