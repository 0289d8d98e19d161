import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { type RolloutRequest, rolloutStarter } from '#aws/start-rollout.ts';
import { task } from '#aws/task.ts';
import { defaultPolicy } from '#rollouts/policy.ts';
import type { Intent } from '#rollouts/policy-ports.ts';
import { FenceLostError } from '#rollouts/ports.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import { node, rollout } from '../support/rollout.ts';

describe('a task of a state machine', () => {
  const Input = v.strictObject({ rolloutId: v.string(), index: v.number() });
  const context = { functionName: 'shift-weight', awsRequestId: 'r' } as Context;

  test('hands its parsed input to the function and its answer to the machine', async () => {
    const handler = task(Input, async ({ index }) => ({ next: index + 1 }));

    expect(await handler({ rolloutId: 'dep-2', index: 1 }, context)).toEqual({ next: 2 });
  });

  test('keeps the names of errors, for the machine catches by name', async () => {
    const handler = task(Input, async () => {
      throw new FenceLostError('fence 1 is lost');
    });

    await expect(handler({ rolloutId: 'dep-2', index: 1 }, context)).rejects.toMatchObject({ name: 'FenceLost' });
  });

  test('refuses an input it does not understand by a name that is never retried, with the place', async () => {
    const handler = task(Input, async () => ({}));

    await expect(handler({ rolloutId: 'dep-2', index: '1' }, context)).rejects.toMatchObject({
      name: 'InvalidTaskInput',
      message: expect.stringContaining('index'),
    });
    await expect(handler({ rolloutId: 'dep-2', index: 1, move: 'step' }, context)).rejects.toMatchObject({
      name: 'InvalidTaskInput',
    });
  });
});

describe('starting a rollout', () => {
  const request: RolloutRequest = {
    serviceArn: rollout().service,
    clusterArn: rollout().cluster,
    deployment: 'ecs-svc/2',
    node: node(),
    taskDefinition: rollout().taskDefinition,
  };

  function starter(stored?: Rollout, isMarked = false, intent?: Intent) {
    const created: Rollout[] = [];
    const executions: string[] = [];
    const start = rolloutStarter({
      rollouts: {
        create: async (one) => stored === undefined && created.push(one) > 0,
        get: async () => stored,
      },
      policies: { get: async () => ({ ...defaultPolicy, bakeSeconds: 3 }) },
      intents: { get: async () => intent },
      waysBack: { isMarked: async () => isMarked },
      executions: { startCanary: async (id) => void executions.push(id) },
      now: () => 42,
    });
    return { start, created, executions };
  }

  test('lets a service on its way back go there unjudged', async () => {
    const { start, created } = starter(undefined, true);
    await start(request);

    expect(created).toMatchObject([{ kind: 'rollback', policy: { bakeSeconds: 3 } }]);
  });

  test('knows of the rollout that is tried again, whoever hears of the deployment first', async () => {
    const intent = { taskDefinition: request.taskDefinition, at: 1, actor: 'me', retryOf: 'dep-1' };
    const retried = starter(undefined, false, intent);
    const other = starter(undefined, false, { ...intent, taskDefinition: 'another' });
    await retried.start(request);
    await other.start(request);

    expect(retried.created).toMatchObject([{ kind: 'release', retryOf: 'dep-1', actor: 'me' }]);
    expect(other.created[0]).not.toHaveProperty('retryOf');
  });

  test('freezes the mesh’s policy and starts the execution of the same name', async () => {
    const { start, created, executions } = starter();

    expect(await start({ ...request, actor: 'me' })).toEqual({ id: 'dep-2', started: true });
    expect(created).toMatchObject([
      { id: 'dep-2', status: 'running', policy: { bakeSeconds: 3 }, startedAt: 42, fence: 0, actor: 'me' },
    ]);
    expect(executions).toEqual(['dep-2']);
  });

  test('again gives a running rollout the execution it may lack, and an ended one nothing', async () => {
    const running = starter(rollout());
    const ended = starter(rollout({ status: 'rolledBack' }));

    expect(await running.start(request)).toEqual({ id: 'dep-2', started: false });
    expect(await ended.start(request)).toEqual({ id: 'dep-2', started: false });
    expect([running.executions, ended.executions]).toEqual([['dep-2'], []]);
  });
});
