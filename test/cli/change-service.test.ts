import { describe, expect, test } from 'vitest';
import type { EcsService, EcsServices } from '#aws/client/ecs-services.ts';
import type { Session } from '../../cli/session.ts';
import { type Reply, weir } from '../support/cli-session.ts';

const orders: EcsService = {
  arn: 'arn:aws:ecs:eu-west-1:111122223333:service/shop/orders',
  status: 'ACTIVE',
  controller: 'ECS',
  scheduling: 'REPLICA',
  trafficBy: [],
  isDeploying: false,
  configuration: { strategy: 'ROLLING', maximumPercent: 200 },
  tags: {},
  proxy: { owner: '111122223333', mesh: 'my shop', kind: 'vn', name: 'orders' },
};
const policy: Reply = { status: 200, body: {} };
const endpoint = ['--endpoint', 'https://abc.execute-api.eu-west-1.amazonaws.com'];
const adopt = (...more: string[]) => ['adopt', 'orders', '--cluster', 'shop', ...endpoint, ...more];

function refusal(name: string): Error {
  return Object.assign(new Error('not for you'), { name });
}

/** ECS with one service, and what was done to it in order. */
function ecsWith(service: EcsService | undefined, failure: Partial<Record<keyof EcsServices, Error>> = {}) {
  const done: string[] = [];
  const step = (name: keyof EcsServices) => async (): Promise<void> => {
    done.push(name);
    if (failure[name]) throw failure[name];
  };
  const ecs: EcsServices = {
    describe: async (cluster, name) => (cluster === 'shop' && name === 'orders' ? service : undefined),
    configure: step('configure'),
    tag: step('tag'),
    untag: step('untag'),
  };
  return { done, session: { ecsServices: async () => ecs } satisfies Partial<Session> };
}

describe('weir adopt', () => {
  test('shows what it changes, remembers what was there before it changes it, and says that it is done', async () => {
    const { done, session } = ecsWith(orders);
    const { exitCode, stdout, stderr } = await weir(adopt('--yes'), [policy], session);

    expect({ exitCode, stderr, done }).toEqual({ exitCode: 0, stderr: '', done: ['tag', 'configure', 'untag'] });
    expect(stdout).toBe(
      `${orders.arn} (virtual node orders of mesh my shop)\n` +
        '+ bakeTimeInMinutes: 0\n' +
        '+ lifecycleHooks: [{"targetType":"PAUSE","lifecycleStages":["POST_SCALE_UP"],' +
        '"timeoutConfiguration":{"timeoutInMinutes":720,"action":"ROLLBACK"}}]\n' +
        '- strategy: ROLLING\n' +
        '+ strategy: BLUE_GREEN\n' +
        'While a deployment is judged both revisions run at full scale: it takes twice the tasks for that time.\n' +
        'Changed.\n',
    );
  });

  test('asks Weir first whether it knows the node, and changes nothing when it does not', async () => {
    const { done, session } = ecsWith(orders);
    const unknown: Reply = { status: 404, body: { error: { message: 'there is no mesh my shop' } } };
    const { exitCode, sent, stderr } = await weir(adopt('--yes'), [unknown], session);

    expect({ exitCode, done }).toEqual({ exitCode: 4, done: [] });
    expect(sent[0]?.url).toContain('/weir/v1/policies/my%20shop/virtualNode/orders');
    expect(stderr).toContain('there is no mesh my shop');
  });

  test('takes the cluster from the ARN of the service', async () => {
    const { session } = ecsWith(orders);
    const describe: EcsServices['describe'] = async (cluster) => (cluster === 'shop' ? orders : undefined);
    const ecsServices = async () => ({ ...(await session.ecsServices()), describe });
    const { exitCode } = await weir(['adopt', orders.arn, ...endpoint, '--dry-run'], [policy], { ecsServices });

    expect(exitCode).toBe(0);
  });

  test('--dry-run changes nothing, and asks nobody', async () => {
    const { done, session } = ecsWith(orders);
    const { exitCode, stdout } = await weir(adopt('--dry-run'), [policy], session);

    expect({ exitCode, done }).toEqual({ exitCode: 0, done: [] });
    expect(stdout).toContain('+ strategy: BLUE_GREEN\n');
    expect(stdout).toContain('Not changed: this was a dry run.\n');
  });

  test.each([
    ['y', ['tag', 'configure', 'untag'], 'Changed.'],
    [' YES ', ['tag', 'configure', 'untag'], 'Changed.'],
    ['', [], 'Not changed.'],
    ['no', [], 'Not changed.'],
  ])('asks on the terminal, and does as it is told: %j', async (answer, expected, outcome) => {
    const { done, session } = ecsWith(orders);
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return answer;
    };
    const { exitCode, stdout, stderr } = await weir(adopt(), [policy], { ...session, ask });

    expect({ exitCode, done }).toEqual({ exitCode: 0, done: expected });
    expect(asked).toHaveLength(1);
    expect(stderr).toContain('+ strategy: BLUE_GREEN');
    expect(stdout).toContain(outcome);
  });

  test('without a terminal it needs --yes: exit code 2, nothing changed', async () => {
    const { done, session } = ecsWith(orders);
    const { exitCode, stdout, stderr } = await weir(adopt(), [policy], session);

    expect({ exitCode, done, stdout }).toEqual({ exitCode: 2, done: [], stdout: '' });
    expect(stderr).toContain('add --yes or --dry-run');
  });

  test('--output json prints the differences for programs', async () => {
    const { session } = ecsWith(orders);
    const { stdout } = await weir(adopt('--yes', '--output', 'json', '--hook-timeout', '5'), [policy], session);

    expect(JSON.parse(stdout)).toEqual({
      service: orders.arn,
      changed: true,
      differences: [
        { member: 'bakeTimeInMinutes', after: 0 },
        {
          member: 'lifecycleHooks',
          after: [
            {
              targetType: 'PAUSE',
              lifecycleStages: ['POST_SCALE_UP'],
              timeoutConfiguration: { timeoutInMinutes: 5, action: 'ROLLBACK' },
            },
          ],
        },
        { member: 'strategy', before: 'ROLLING', after: 'BLUE_GREEN' },
      ],
    });
  });

  test.each([
    ['a service that ECS could not hold', { ...orders, trafficBy: ['loadBalancers'] }, /orders: It has loadBalancers/],
    ['a service that is not there', undefined, /the cluster shop has no service orders: name the cluster by --cluster/],
  ])('%s ends with exit code 4 and the reason', async (_, service, reason) => {
    const { done, session } = ecsWith(service);
    const { exitCode, stderr } = await weir(adopt('--yes'), [policy], session);

    expect({ exitCode, done }).toEqual({ exitCode: 4, done: [] });
    expect(stderr).toMatch(reason);
  });

  test.each([
    ['AccessDeniedException', 4],
    ['ThrottlingException', 1],
  ])('a %s of ECS ends with exit code %d; what could not be remembered is not changed', async (name, code) => {
    const { done, session } = ecsWith(orders, { tag: refusal(name) });
    const { exitCode, stderr } = await weir(adopt('--yes'), [policy], session);

    expect({ exitCode, done }).toEqual({ exitCode: code, done: ['tag'] });
    expect(stderr).toBe(`weir: ECS: ${name}: not for you\n`);
  });

  test.each(['0', '20161', 'x'])('--hook-timeout %s is out of the range of ECS', async (minutes) => {
    expect(await weir(adopt('--hook-timeout', minutes), [])).toMatchObject({ exitCode: 2, sent: [] });
  });
});

test('weir eject of a service that was never adopted says so, and changes nothing', async () => {
  const { done, session } = ecsWith(orders);
  const { exitCode, stdout } = await weir(['eject', 'orders', '--cluster', 'shop', ...endpoint], [], session);

  expect({ exitCode, done }).toEqual({ exitCode: 0, done: [] });
  expect(stdout).toContain('Weir does not hold the deployments of this service.\nNot changed.\n');
});
