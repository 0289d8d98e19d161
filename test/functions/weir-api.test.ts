import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '#aws/http.ts';
import { weirErrors } from '#aws/http-errors.ts';
import { InvalidPageTokenError } from '#aws/rollout-list.ts';
import { noEvidence } from '#rollouts/evidence.ts';
import { defaultPolicy, type PolicyPatch } from '#rollouts/policy.ts';
import type { PolicyName, RolloutQuery } from '#rollouts/ports.ts';
import type { Fact, Rollout } from '#rollouts/rollout.ts';
import { type WeirApiPorts, weirApi } from '../../functions/weir-api/weir-api.ts';
import { node, rollout } from '../support/rollout.ts';

const service = rollout().service;

/** Policies of mesh `shop` and its node `orders`, kept as the table would keep them. */
function policyParts(): WeirApiPorts['policies'] {
  const kept = new Map<string, { own: PolicyPatch; version: number }>();
  const keyOf = ({ mesh, node: name = '' }: PolicyName) => `${mesh}/${name}`;
  const parts: WeirApiPorts['policies'] = {
    part: async (name) => kept.get(keyOf(name)) ?? { own: {}, version: 0 },
    exists: async (name) => keyOf(name) === 'shop/' || keyOf(name) === 'shop/orders',
    nodes: async () => [...kept].flatMap(([key, { own }]) => (key === 'shop/orders' ? [{ node: 'orders', own }] : [])),
    write: async (name, own, version) => {
      if (!(await parts.exists(name))) return 'absent';
      if ((await parts.part(name)).version !== version) return 'overtaken';
      kept.set(keyOf(name), { own, version: version + 1 });
      return 'written';
    },
  };
  return parts;
}

/** The API over what a test puts in, and what it did there. */
function api(stored: readonly Rollout[] = [], more: Partial<WeirApiPorts> = {}) {
  const did = { facts: [] as Fact[], woken: [] as string[], queries: [] as RolloutQuery[], started: [] as unknown[] };
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
    policies: policyParts(),
    splits: { get: async () => ({ split: { stable: ['ecs-svc/1'] }, fence: 1 }) },
    proxies: async (_, mesh) => (mesh === 'shop' ? [] : undefined),
    findings: async (mesh) => (mesh === 'shop' ? [] : undefined),
    primary: async () => ({ deployment: 'ecs-svc/2', taskDefinition: 'orders:2', cluster: 'c' }),
    taskDefinition: async () => ({ proxy: node(), interception: 'transparent' }),
    start: async (request) => {
      did.started.push(request);
      return { id: 'dep-2' };
    },
    deployments: {
      deploy: async (_, __, taskDefinition) => {
        did.started.push(taskDefinition);
        return 'ecs-svc/3';
      },
    },
    intents: { put: async (_, intent) => void did.started.push(intent), get: async () => undefined },
    executions: { startHeal: async (name, input) => void did.started.push([name, input]) },
    wake: async (id) => void did.woken.push(id),
    owner: '111122223333',
    now: () => 42,
    ...more,
  });
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    query: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) => {
    const request: HttpRequest = {
      method,
      rawPath: `/weir/v1${path}`,
      rawQuery: '',
      query,
      headers,
      body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      requestId: 'r',
      caller: 'arn:aws:iam::111122223333:user/me',
    };
    const answer = await run(request).catch(weirErrors);
    return { status: answer.status, body: answer.body as Record<string, never>, etag: answer.headers?.['etag'] };
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
  const me = { at: 42, actor: 'arn:aws:iam::111122223333:user/me' };
  const observing = () => rollout({ phase: 'observing' });

  test.each([
    ['rollback', undefined, {}, { kind: 'rollback' }],
    ['promote', undefined, {}, { kind: 'promote', step: 0 }],
    ['promote', undefined, { full: 'true' }, { kind: 'full' }],
    ['skip-step', { step: 0 }, {}, { kind: 'skip', step: 0 }],
    ['set-weight', { weight: 12.5 }, {}, { kind: 'setWeight', weight: 12.5 }],
    ['pause', undefined, {}, { kind: 'pause' }],
  ] as const)('%s %j is written down with who said it, and wakes', async (verb, body, query, fact) => {
    const { call, did } = api([observing()]);

    expect(await call('POST', `/rollouts/dep-2/${verb}`, body, query)).toMatchObject({
      status: 202,
      body: { id: 'dep-2', status: 'running' },
    });
    expect(did.facts).toEqual([{ ...fact, ...me }]);
    expect(did.woken).toEqual(['dep-2']);
  });

  test.each([
    ['set-weight', {}, 'weight'],
    ['set-weight', { weight: 101 }, 'weight'],
    ['set-weight', { weight: 0.001 }, 'weight'],
    ['skip-step', { step: 'two' }, 'step'],
    ['rollback', { force: true }, 'force'],
  ] as const)('%s %j is refused with the field at fault', async (verb, body, path) => {
    const { call, did } = api([observing()]);

    expect(await call('POST', `/rollouts/dep-2/${verb}`, body)).toMatchObject({
      status: 400,
      body: { error: { path } },
    });
    expect(did.facts).toEqual([]);
  });

  test('is refused with a 409 where the state forbids it, with a 403 where somebody else has to say it', async () => {
    const halt = { on: 'gates.start', since: 1, until: 9e12, reason: 'r', approvers: ['arn:aws:iam::1:user/boss'] };
    const { call, did } = api([rollout({ phase: 'awaitingApproval', halts: [halt] })]);

    expect((await call('POST', '/rollouts/dep-2/promote')).status).toBe(409);
    expect((await call('POST', '/rollouts/dep-2/approve')).status).toBe(403);
    expect(did.facts).toEqual([]);
  });

  test('that has come true already is no refusal', async () => {
    const { call, did } = api([rollout({ status: 'rolledBack' })]);

    expect(await call('POST', '/rollouts/dep-2/rollback')).toMatchObject({
      status: 202,
      body: { id: 'dep-2', status: 'rolledBack' },
    });
    expect(did.facts).toEqual([]);
  });

  test('for a rollout that is not there is a 404', async () => {
    expect((await api().call('POST', '/rollouts/dep-9/rollback')).status).toBe(404);
  });
});

describe('a retry', () => {
  test('deploys the same task definition again, as a new rollout that knows of the old one', async () => {
    const { call, did } = api([rollout({ status: 'rolledBack' })]);

    expect((await call('POST', '/rollouts/dep-2/retry')).status).toBe(202);
    expect(did.started).toEqual([
      expect.objectContaining({ retryOf: 'dep-2', taskDefinition: rollout().taskDefinition, at: 42 }),
      rollout().taskDefinition,
      expect.objectContaining({ deployment: 'ecs-svc/3', taskDefinition: rollout().taskDefinition }),
    ]);
  });

  test('said again while it runs answers the one that runs', async () => {
    const again = rollout({ id: 'dep-3', retryOf: 'dep-2' });
    const { call, did } = api([rollout({ status: 'rolledBack' }), again], {
      primary: async () => ({ deployment: 'ecs-svc/3', taskDefinition: 'orders:2', cluster: 'c' }),
    });

    expect(await call('POST', '/rollouts/dep-2/retry')).toMatchObject({ status: 202, body: { id: 'dep-3' } });
    expect(did.started).toEqual([]);
  });

  test('is refused while the rollout, or another of its service, runs, and after a promotion', async () => {
    const other = { primary: async () => ({ deployment: 'ecs-svc/3', taskDefinition: 't', cluster: 'c' }) };

    expect((await api([rollout()]).call('POST', '/rollouts/dep-2/retry')).status).toBe(409);
    expect((await api([rollout({ status: 'promoted' })]).call('POST', '/rollouts/dep-2/retry')).status).toBe(409);
    const both = [rollout({ status: 'rolledBack' }), rollout({ id: 'dep-3' })];
    expect((await api(both, other).call('POST', '/rollouts/dep-2/retry')).status).toBe(409);
  });
});

describe('a rollback of a service', () => {
  test('rolls the rollout under way back', async () => {
    const { call, did } = api([rollout({ phase: 'observing' })]);

    expect(await call('POST', '/services/rollback', { service })).toMatchObject({ status: 202, body: { id: 'dep-2' } });
    expect(did.facts).toMatchObject([{ kind: 'rollback' }]);
  });

  test('with none under way takes the last promotion back, once however often it is said', async () => {
    const { call, did } = api([rollout({ status: 'promoted' })]);

    expect((await call('POST', '/services/rollback', { service })).status).toBe(202);
    expect(did.started).toEqual([
      [
        'back-dep-2',
        {
          kind: 'regression',
          rolloutId: 'dep-2',
          reason: 'arn:aws:iam::111122223333:user/me asked for a rollback.',
        },
      ],
    ]);
  });

  test.each([
    ['that was never rolled out', []],
    ['that is on its way back already', [rollout({ status: 'promoted', kind: 'rollback' })]],
    ['whose last rollout came to nothing', [rollout({ status: 'rolledBack' })]],
  ])('%s is refused with the reason', async (_, stored) => {
    const { call, did } = api(stored);

    expect((await call('POST', '/services/rollback', { service })).status).toBe(409);
    expect(did.started).toEqual([]);
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
  test('are answered with what the mesh says and what is in force, and keep what a part did not name', async () => {
    const { call } = api();

    expect(await call('PUT', '/policies/shop', { bakeSeconds: 3 })).toMatchObject({
      status: 200,
      etag: '"1"',
      body: { mesh: 'shop', version: 1, own: { bakeSeconds: 3 }, effective: { ...defaultPolicy, bakeSeconds: 3 } },
    });
    await call('PUT', '/policies/shop', { alpha: 0.02 });
    expect((await call('GET', '/policies/shop')).body).toMatchObject({
      own: { bakeSeconds: 3, alpha: 0.02 },
      version: 2,
    });
  });

  test('of a virtual node lie over its mesh’s', async () => {
    const { call } = api();
    await call('PUT', '/policies/shop', { bakeSeconds: 3 });

    const { body } = await call('PUT', '/policies/shop/virtualNode/orders', { strategy: 'off' });

    expect(body).toMatchObject({
      virtualNode: 'orders',
      own: { strategy: 'off' },
      effective: { ...defaultPolicy, bakeSeconds: 3, strategy: 'off' },
    });
    await call('DELETE', '/policies/shop/virtualNode/orders');
    expect((await call('GET', '/policies/shop/virtualNode/orders')).body).toMatchObject({ own: {}, version: 2 });
  });

  test('that cannot be are refused with the path, and nothing is stored', async () => {
    const { call } = api();

    expect(await call('PUT', '/policies/shop', { steps: [{ weight: 5, seconds: 0 }] })).toMatchObject({
      status: 400,
      body: { error: { code: 'BadRequest', path: 'steps[0].seconds' } },
    });
    expect((await call('GET', '/policies/shop')).body).toMatchObject({ own: {}, version: 0 });
  });

  test('of a mesh must leave those of its nodes possible', async () => {
    const { call } = api();
    await call('PUT', '/policies/shop', { linear: { stepPercent: 20, seconds: 5 } });
    await call('PUT', '/policies/shop/virtualNode/orders', { strategy: 'linear' });

    expect(await call('PUT', '/policies/shop', { linear: null })).toMatchObject({
      status: 400,
      body: { error: { path: 'linear', message: expect.stringContaining('virtual node orders') } },
    });
  });

  test('are not overwritten by a writer who names the version it read', async () => {
    const { call } = api();
    const { etag = '' } = await call('GET', '/policies/shop');
    await call('PUT', '/policies/shop', { bakeSeconds: 3 }, {}, { 'if-match': etag });

    expect(await call('PUT', '/policies/shop', { bakeSeconds: 4 }, {}, { 'if-match': etag })).toMatchObject({
      status: 412,
      body: { error: { code: 'PreconditionFailed' } },
    });
    expect((await call('GET', '/policies/shop')).body).toMatchObject({ own: { bakeSeconds: 3 } });
  });

  test('of what is not there are refused, for a typo must not pass', async () => {
    const { call } = api();

    expect(await call('PUT', '/policies/shpo', { bakeSeconds: 3 })).toMatchObject({
      status: 404,
      body: { error: { code: 'NotFound', message: 'there is no mesh shpo' } },
    });
    expect((await call('GET', '/policies/shop/virtualNode/nobody')).status).toBe(404);
  });

  test('have a JSON Schema', async () => {
    expect((await api().call('GET', '/policies/schema')).body).toMatchObject({
      type: 'object',
      additionalProperties: false,
    });
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
