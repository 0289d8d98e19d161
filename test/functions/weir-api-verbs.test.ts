import { describe, expect, test } from 'vitest';
import { rollout } from '../support/rollout.ts';
import { api, service } from '../support/weir-api.ts';

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

  test('that another request has begun already deploys nothing', async () => {
    const intents = { claim: async () => false, get: async () => undefined };
    const { call, did } = api([rollout({ status: 'rolledBack' })], { intents });

    expect((await call('POST', '/rollouts/dep-2/retry')).status).toBe(409);
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
