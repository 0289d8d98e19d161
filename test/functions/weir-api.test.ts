import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '#aws/http.ts';
import { weirErrors } from '#aws/http-errors.ts';
import { InvalidPageTokenError } from '#aws/rollout-list.ts';
import { noEvidence } from '#rollouts/evidence.ts';
import { defaultPolicy } from '#rollouts/policy.ts';
import type { RolloutQuery } from '#rollouts/ports.ts';
import type { Fact, Rollout } from '#rollouts/rollout.ts';
import type { Policy } from '#rollouts/types.ts';
import { type WeirApiPorts, weirApi } from '../../functions/weir-api/weir-api.ts';
import { node, rollout } from '../support/rollout.ts';

const service = rollout().service;

/** The API over what a test puts in, and what it did there. */
function api(stored: readonly Rollout[] = [], more: Partial<WeirApiPorts> = {}) {
  const did = { facts: [] as Fact[], woken: [] as string[], queries: [] as RolloutQuery[], started: [] as unknown[] };
  let policy: Policy = defaultPolicy;
  const rollouts = {
    get: async (id: string) => stored.find((one) => one.id === id),
    list: async (query: RolloutQuery) => {
      did.queries.push(query);
      if (query.nextToken === 'foreign') throw new InvalidPageTokenError('nextToken is not one of ours');
      return { rollouts: stored, nextToken: 'more' };
    },
    record: async (_: string, fact: Fact) => void did.facts.push(fact),
  } as Partial<WeirApiPorts['rollouts']> as WeirApiPorts['rollouts'];
  const run = weirApi({
    rollouts,
    evidence: { all: async () => [{ proxy: 'front', task: 't1', evidence: { ...noEvidence, phi: 2 } }] },
    policies: {
      get: async () => policy,
      put: async (_, mesh, next) => {
        if (mesh === 'shop') policy = next;
        return mesh === 'shop';
      },
    },
    splits: { get: async () => ({ split: { stable: ['ecs-svc/1'] }, fence: 1 }) },
    proxies: async (_, mesh) => (mesh === 'shop' ? [] : undefined),
    findings: async (mesh) => (mesh === 'shop' ? [] : undefined),
    primary: async () => ({ deployment: 'ecs-svc/2', taskDefinition: 'orders:2', cluster: 'c' }),
    taskDefinition: async () => ({ proxy: node(), interception: 'transparent' }),
    start: async (request) => {
      did.started.push(request);
      return { id: 'dep-2' };
    },
    wake: async (id) => void did.woken.push(id),
    owner: '111122223333',
    now: () => 42,
    ...more,
  });
  const call = async (method: string, path: string, body?: unknown, query: Record<string, string> = {}) => {
    const request: HttpRequest = {
      method,
      rawPath: `/weir/v1${path}`,
      rawQuery: '',
      query,
      headers: {},
      body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      requestId: 'r',
      caller: 'arn:aws:iam::111122223333:user/me',
    };
    const answer = await run(request).catch(weirErrors);
    return { status: answer.status, body: answer.body as Record<string, never> };
  };
  return { call, did };
}

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

describe('an operator’s word', () => {
  test.each(['rollback', 'promote', 'pause', 'resume'] as const)(
    '%s is written down with who said it, and wakes',
    async (verb) => {
      const { call, did } = api([rollout({ phase: 'observing' })]);

      expect(await call('POST', `/rollouts/dep-2/${verb}`)).toEqual({
        status: 202,
        body: { id: 'dep-2', status: 'running' },
      });
      expect(did.facts).toEqual([{ kind: verb, at: 42, actor: 'arn:aws:iam::111122223333:user/me' }]);
      expect(did.woken).toEqual(['dep-2']);
    },
  );

  test.each([
    ['rollback', { status: 'promoted' }],
    ['promote', { status: 'rolledBack' }],
    ['pause', { status: 'promoted' }],
    ['promote', { phase: 'rollingBack' }],
    ['pause', { facts: { rollback: { kind: 'rollback', at: 1, actor: 'me' } } }],
    ['pause', { phase: 'promoting' }],
    ['rollback', { facts: { superseded: { kind: 'superseded', at: 1, by: 'dep-3' } } }],
  ] as const)('%s is refused with the reason where it comes too late: %j', async (verb, state) => {
    const { call, did } = api([rollout(state as Partial<Rollout>)]);

    const { status, body } = await call('POST', `/rollouts/dep-2/${verb}`);

    expect(status).toBe(409);
    expect(body).toMatchObject({ error: { code: 'Conflict', message: expect.stringContaining('rollout dep-2 ') } });
    expect(did.facts).toEqual([]);
  });

  test('that has come true already is no refusal', async () => {
    const { call, did } = api([rollout({ status: 'rolledBack' })]);

    expect(await call('POST', '/rollouts/dep-2/rollback')).toEqual({
      status: 202,
      body: { id: 'dep-2', status: 'rolledBack' },
    });
    expect(did.facts).toEqual([]);
  });

  test('for a rollout that is not there is a 404', async () => {
    expect((await api().call('POST', '/rollouts/dep-9/rollback')).status).toBe(404);
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

describe('policies', () => {
  test('are answered whole, and keep what a part of one did not name', async () => {
    const { call } = api();

    const { status, body } = await call('PUT', '/policies/shop', { bakeSeconds: 3 });

    expect([status, body]).toEqual([200, { ...defaultPolicy, bakeSeconds: 3 }]);
    expect((await call('GET', '/policies/shop')).body).toEqual({ ...defaultPolicy, bakeSeconds: 3 });
  });

  test('that cannot be are refused with the path, and nothing is stored', async () => {
    const { call } = api();

    expect(await call('PUT', '/policies/shop', { steps: [{ weight: 5, seconds: 0 }] })).toMatchObject({
      status: 400,
      body: { error: { code: 'BadRequest', path: 'steps[0].seconds' } },
    });
    expect((await call('GET', '/policies/shop')).body).toEqual(defaultPolicy);
  });
});

test('the policy of a mesh that is not there is refused, for a typo must not pass', async () => {
  expect(await api().call('PUT', '/policies/shpo', { bakeSeconds: 3 })).toMatchObject({
    status: 404,
    body: { error: { code: 'NotFound', message: 'there is no mesh shpo' } },
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
