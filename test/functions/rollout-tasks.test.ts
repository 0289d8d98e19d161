import { describe, expect, test } from 'vitest';
import { judging } from '#aws/verdict.ts';
import { type Evidence, foldReport, noEvidence } from '#rollouts/evidence.ts';
import type { HealInput, ServiceDeployment } from '#rollouts/ports.ts';
import type { Fact, Rollout, Wait } from '#rollouts/rollout.ts';
import { awaitSignal } from '../../functions/await-signal/await-signal.ts';
import { releaseDeployment } from '../../functions/release-deployment/release-deployment.ts';
import { secureRollout } from '../../functions/secure-rollout/secure-rollout.ts';
import { node, rollout } from '../support/rollout.ts';

describe('await-signal', () => {
  test('registers the wait with those who must confirm, then asks whether it is over already', async () => {
    const did: unknown[] = [];
    const required = [{ proxy: node('front'), task: 't1', rev: 7 }];
    const rollouts = {
      get: async () => rollout({ required }),
      registerWait: async (_: string, wait: Wait, phase: string, proxies: readonly unknown[]) =>
        void did.push([wait, phase, proxies]),
    };
    const announcer = { announce: async () => {} };
    const run = awaitSignal({ rollouts, announcer, wake: async (id) => void did.push(id), now: () => 42 });

    await run({ rolloutId: 'dep-2', wait: 'acks', token: 't', seconds: 5 });
    await run({ rolloutId: 'dep-2', wait: 'observe', token: 'u', seconds: 9 });

    expect(did).toEqual([
      [{ name: 'acks', token: 't', since: 42, seconds: 5, required }, 'awaitingAcks', [node(), node('front')]],
      'dep-2',
      [{ name: 'observe', token: 'u', since: 42, seconds: 9 }, 'observing', [node()]],
      'dep-2',
    ]);
  });
});

describe('judging', () => {
  const dead = Array.from({ length: 30 }, (_, i) => i).reduce<Evidence>(
    (evidence, i) =>
      foldReport(evidence, {
        seq: (i + 1) * 1000,
        intervalMs: 1000,
        stable: { requests: 10, failures: 0 },
        canary: i < 20 ? { requests: 0, failures: 0 } : { requests: 1, failures: 1 },
        shielded: 0,
      }),
    noEvidence,
  );
  const run = async (of: Rollout, evidence: Evidence) => {
    const facts: Fact[] = [];
    const verdict = await judging({
      rollouts: { get: async () => of, record: async (_, fact) => void facts.push(fact) },
      evidence: { all: async () => [{ proxy: 'front', task: 't1', evidence }] },
      now: () => 42,
    })('dep-2');
    return { verdict, facts };
  };

  test('records a verdict with its reason once the evidence suffices', async () => {
    expect(await run(rollout(), dead)).toEqual({
      verdict: true,
      facts: [
        {
          ...{ kind: 'verdict', at: 42, tippedBy: 'failures' },
          reason: expect.stringMatching(/^canary failed 10 of 10 .*; E = .* >= 100$/),
        },
      ],
    });
  });

  test('has a failing rollout woken again until it turns back: the first wake-up may have been lost', async () => {
    const verdict = { kind: 'verdict', at: 1, reason: 'bad' } as const;
    const wait: Wait = { name: 'observe', token: 't', since: 1, seconds: 9 };

    expect(await run(rollout({ facts: { verdict }, wait, phase: 'observing' }), dead)).toEqual({
      verdict: true,
      facts: [],
    });
    const back: Wait = { ...wait, name: 'zeroAcks' };
    expect(await run(rollout({ facts: { verdict }, wait: back, phase: 'rollingBack' }), dead)).toEqual({
      verdict: false,
      facts: [],
    });
  });

  test('says nothing of a healthy canary, an ended rollout, or a second time', async () => {
    const verdict: Fact = { kind: 'verdict', at: 1, reason: 'bad' };

    for (const [of, evidence] of [
      [rollout(), noEvidence],
      [rollout({ status: 'rolledBack' }), dead],
      [rollout({ facts: { verdict } }), dead],
    ] as const)
      expect(await run(of, evidence)).toEqual({ verdict: false, facts: [] });
  });
});

describe('release-deployment', () => {
  const inEcs = (more: Partial<ServiceDeployment> = {}): ServiceDeployment => ({
    arn: 'arn',
    status: 'inProgress',
    createdAt: 1,
    hasPauseHook: true,
    isFirst: false,
    ...more,
  });

  function release(found: ServiceDeployment | undefined, previous?: string, isNewest = true) {
    const did: string[] = [];
    const run = releaseDeployment({
      rollouts: { get: async () => rollout() },
      deployments: {
        describe: async () => found,
        proceed: async () => void did.push('proceed'),
        rollBack: async ({ status }) => status !== 'successful',
        redeploy: async (_, __, ___, taskDefinition) => isNewest && did.push(`redeploy ${taskDefinition}`) > 0,
        deploy: async () => 'ecs-svc/9',
        previousTaskDefinition: async () => previous,
        stopTask: async () => {},
      },
      waysBack: { mark: async (_, taskDefinition) => void did.push(`mark ${taskDefinition}`) },
    });
    return { did, run };
  }

  test('deploys the revision before anew when ECS has finished the deployment', async () => {
    const { did, run } = release(inEcs({ status: 'successful' }), 'orders:1');

    expect(await run({ rolloutId: 'dep-2', action: 'rollback' })).toMatchObject({ kind: 'redeployed' });
    expect(did).toEqual(['mark orders:1', 'redeploy orders:1']);
  });

  test('leaves ECS alone when a newer deployment has the service: its way back would undo that one', async () => {
    const { did, run } = release(inEcs({ status: 'successful' }), 'orders:1', false);

    expect(await run({ rolloutId: 'dep-2', action: 'rollback' })).toMatchObject({ kind: 'nothing' });
    expect(did).toEqual(['mark orders:1']);
  });

  test('says so when there is nothing to go back to, or nothing to tell', async () => {
    expect(await release(inEcs({ status: 'successful' })).run({ rolloutId: 'dep-2', action: 'rollback' })).toEqual({
      kind: 'nothing',
      reason: 'ECS knows no revision before this one.',
    });
    expect(await release(undefined).run({ rolloutId: 'dep-2', action: 'continue' })).toMatchObject({ kind: 'nothing' });
  });
});

describe('secure-rollout', () => {
  const secure = async (of: Rollout | undefined) => {
    const started: [string, HealInput][] = [];
    await secureRollout({
      rollouts: { get: async () => of },
      executions: { startHeal: async (name, input) => void started.push([name, input]) },
    })({ name: 'dep-2', status: 'TIMED_OUT', cause: undefined });
    return started;
  };

  test('hands a running rollout whose execution died to the heal machine', async () => {
    expect(await secure(rollout())).toEqual([
      ['dead-dep-2', { kind: 'deadExecution', rolloutId: 'dep-2', reason: 'The rollout’s execution ended TIMED_OUT.' }],
    ]);
  });

  test('leaves alone what has ended, and what is none of ours', async () => {
    expect(await secure(rollout({ status: 'promoted' }))).toEqual([]);
    expect(await secure(undefined)).toEqual([]);
  });
});
