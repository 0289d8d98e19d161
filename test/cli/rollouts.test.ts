import { describe, expect, test } from 'vitest';
import { type Reply, weir } from '../support/cli-session.ts';

const endpoint = ['--endpoint', 'https://abc.execute-api.eu-west-1.amazonaws.com'];
const arn = 'arn:aws:ecs:eu-west-1:111122223333:service/shop/orders';
const at = Date.parse('2026-11-21T12:00:00Z');
const rollout = (id: string, more: object = {}) => ({
  id,
  service: arn,
  mesh: 'shop',
  virtualNode: 'orders',
  status: 'running',
  phase: 'observing',
  weight: 25,
  reason: 'The judge has seen nothing wrong.',
  startedAt: at,
  steps: [
    { weight: 5, appliedAt: at + 1_000, requiredSidecars: 3, ackedSidecars: 3, lastAckAt: at + 1_234 },
    { weight: 25, appliedAt: at + 31_000, requiredSidecars: 3, ackedSidecars: 2 },
  ],
  ...more,
});
const page = (rollouts: readonly object[], nextToken?: string): Reply => ({
  status: 200,
  body: { rollouts, ...(nextToken && { nextToken }) },
});
const one = (id: string, more?: object): Reply => ({ status: 200, body: rollout(id, more) });
const heard: Reply = { status: 202, body: { id: 'dep-1', status: 'running' } };
const pathOf = (url: string) => url.slice(url.indexOf('/weir/v1/') + '/weir/v1/'.length);
const requests = (sent: Awaited<ReturnType<typeof weir>>['sent']) =>
  sent.map(({ method, url, body }) => [method, pathOf(url), ...(body === undefined ? [] : [body])]);

describe('weir rollouts list', () => {
  test('prints a line for each', async () => {
    const { stdout, sent, exitCode } = await weir(
      ['rollouts', 'list', ...endpoint],
      [page([rollout('dep-12'), rollout('dep-3', { status: 'promoted', weight: 100, reason: 'All is well.' })])],
    );

    expect(exitCode).toBe(0);
    expect(requests(sent)).toEqual([['GET', 'rollouts?limit=20']]);
    expect(stdout).toBe(
      'ROLLOUT  STATUS               WEIGHT  NODE         STARTED                   REASON\n' +
        'dep-12   running (observing)  25 %    shop/orders  2026-11-21T12:00:00.000Z  The judge has seen nothing wrong.\n' +
        'dep-3    promoted             100 %   shop/orders  2026-11-21T12:00:00.000Z  All is well.\n',
    );
  });

  test('asks for what the options say, and tells that there is more', async () => {
    const line = ['rollouts', 'list', '--status', 'failed', '--limit', '2', '--next-token', 'a b', ...endpoint];
    const { stderr, sent } = await weir(line, [page([], 'x')]);

    expect(requests(sent)).toEqual([['GET', 'rollouts?status=failed&limit=2&nextToken=a%20b']]);
    expect(stderr).toBe('There are more: --next-token x\n');
  });

  test('--output json prints what the API answers, also what this version does not know', async () => {
    const body = { rollouts: [rollout('dep-1', { mood: 'good' })], nextToken: 'x' };
    const { stdout, stderr } = await weir(
      ['rollouts', 'list', '--output', 'json', ...endpoint],
      [{ status: 200, body }],
    );

    expect(JSON.parse(stdout)).toMatchObject(body);
    expect(stderr).toBe('');
  });
});

describe('weir rollouts show', () => {
  test('prints where it stands, its steps, what it waits for and what the judge has seen', async () => {
    const { stdout } = await weir(
      ['rollouts', 'show', 'dep-1', ...endpoint],
      [
        one('dep-1', {
          halts: [
            { on: 'gates.start', reason: 'approved', end: 'approved' },
            { on: 'steps[1].gate', reason: 'somebody has to approve' },
          ],
          evidence: {
            eValue: 1.2345,
            threshold: 100,
            canary: { requests: 250, failures: 2, shielded: 1 },
            stable: { requests: 750, failures: 0 },
          },
        }),
      ],
    );

    expect(stdout).toBe(`dep-1
  status      running (observing), 25 % to the canary
  reason      The judge has seen nothing wrong.
  service     ${arn}
  node        shop/orders
  started     2026-11-21T12:00:00.000Z
  waits for   steps[1].gate: somebody has to approve
  canary      250 requests, 2 failed, 1 of them shielded
  stable      750 requests, 0 failed
  e-value     1.23; the canary fails at 100

WEIGHT  APPLIED                   CONFIRMED
5 %     2026-11-21T12:00:01.000Z  3 of 3 in 0.2 s
25 %    2026-11-21T12:00:31.000Z  2 of 3
`);
  });

  test('of a service shows its newest rollout, however far back that is', async () => {
    const other = rollout('dep-9', { service: `${arn}-other` });
    const { sent, exitCode } = await weir(
      ['rollouts', 'show', arn, ...endpoint],
      [page([other], 'next'), page([rollout('dep-7', { status: 'promoted' })]), one('dep-7')],
    );

    expect(exitCode).toBe(0);
    expect(requests(sent)).toEqual([
      ['GET', 'rollouts'],
      ['GET', 'rollouts?nextToken=next'],
      ['GET', 'rollouts/dep-7'],
    ]);
  });

  test('of a service that was never rolled out ends with exit code 4', async () => {
    const { exitCode, stderr } = await weir(['rollouts', 'show', arn, ...endpoint], [page([])]);

    expect(exitCode).toBe(4);
    expect(stderr).toContain(`${arn} was never rolled out`);
  });

  test('of a Weir that answers otherwise says that this one is too old', async () => {
    const { exitCode, stderr } = await weir(
      ['rollouts', 'show', 'dep-1', ...endpoint],
      [one('dep-1', { steps: 'many' })],
    );

    expect(exitCode).toBe(1);
    expect(stderr).toContain('does not understand (steps): get the newer one');
  });
});

describe('a word to a rollout', () => {
  test.each([
    [['pause', 'dep-1'], 'rollouts/dep-1/pause', {}],
    [['resume', 'dep-1'], 'rollouts/dep-1/resume', {}],
    [['approve', 'dep-1'], 'rollouts/dep-1/approve', {}],
    [['deny', 'dep-1'], 'rollouts/dep-1/deny', {}],
    [['rollback', 'dep-1'], 'rollouts/dep-1/rollback', {}],
    [['retry', 'dep-1'], 'rollouts/dep-1/retry', {}],
    [['promote', 'dep-1', '--full'], 'rollouts/dep-1/promote?full=true', {}],
    [['set-weight', 'dep-1', '12.5'], 'rollouts/dep-1/set-weight', { weight: 12.5 }],
    [['rollback', arn], 'services/rollback', { service: arn }],
  ])('%j is one request', async (line, path, body) => {
    const { exitCode, stdout, sent } = await weir([...line, ...endpoint], [heard]);

    expect(requests(sent)).toEqual([['POST', path, body]]);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'dep-1: heard, it is running. See: weir rollouts show dep-1\n',
    });
  });

  test.each([
    ['promote', 'promote'],
    ['skip', 'skip-step'],
  ])('%s says which step it means', async (name, verb) => {
    const { sent } = await weir([name, 'dep-1', ...endpoint], [one('dep-1'), heard]);

    expect(requests(sent)).toEqual([
      ['GET', 'rollouts/dep-1'],
      ['POST', `rollouts/dep-1/${verb}`, { step: 2 }],
    ]);
  });

  test('to a service goes to its rollout under way; retry to its newest', async () => {
    const pause = await weir(['pause', arn, ...endpoint], [page([rollout('dep-5')]), heard]);
    const retry = await weir(['retry', arn, ...endpoint], [page([rollout('dep-6', { status: 'rolledBack' })]), heard]);

    expect(requests(pause.sent)).toEqual([
      ['GET', 'rollouts?status=running'],
      ['POST', 'rollouts/dep-5/pause', {}],
    ]);
    expect(requests(retry.sent)).toEqual([
      ['GET', 'rollouts'],
      ['POST', 'rollouts/dep-6/retry', {}],
    ]);
  });

  test('that its state does not allow is refused with the reason: exit code 4', async () => {
    const refused: Reply = { status: 409, body: { error: { message: 'rollout dep-1 has ended: promoted' } } };
    const { exitCode, stdout, stderr } = await weir(['pause', 'dep-1', ...endpoint], [refused]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(stderr).toContain('rollout dep-1 has ended: promoted');
  });

  test.each(['approve', 'deny'])('%s is not said a second time: the next gate is another one', async (verb) => {
    const { exitCode, sent } = await weir([verb, 'dep-1', ...endpoint], [new TypeError('fetch failed')]);

    expect({ exitCode, tries: sent.length }).toEqual({ exitCode: 1, tries: 1 });
  });

  test.each(['-1', '101', '12.345', 'half'])('a weight of %s is a usage error', async (weight) => {
    expect(await weir(['set-weight', 'dep-1', ...endpoint, '--', weight], [heard])).toMatchObject({
      exitCode: 2,
      sent: [],
    });
  });

  test('--output json prints the answer', async () => {
    const { stdout } = await weir(['pause', 'dep-1', '--output', 'json', ...endpoint], [heard]);

    expect(JSON.parse(stdout)).toEqual({ id: 'dep-1', status: 'running' });
  });
});
