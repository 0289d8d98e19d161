import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deploy } from '../../local/deploy.ts';
import { startMiniStack } from '../../local/ministack.ts';
import { Processes } from '../../local/processes.ts';
import { eventually } from '../local/fixture-stack.ts';

const processes = new Processes();
const folder = mkdtempSync(join(tmpdir(), 'weir-machines-'));
processes.removeAtEnd(folder);
const records = join(folder, 'records.jsonl');
let client: SFNClient;
let outputs: Record<string, string>;

beforeAll(async () => {
  writeFileSync(records, '');
  const { url: endpoint, region, root: credentials } = await startMiniStack({ processes, folder });
  const template = fileURLToPath(new URL('fixtures/template.yaml', import.meta.url));
  const aws = { endpoint, region, credentials };
  outputs = await deploy({ aws, template, stack: 'machines', parameters: { Records: records } });
  client = new SFNClient(aws);
});
afterAll(() => processes.endAll());

/** What the machine asked of its functions, for one rollout. */
interface Asked {
  readonly rolloutId: string;
  readonly wait?: string;
  readonly token?: string;
  readonly move?: string;
  readonly action?: string;
  readonly outcome?: string;
  readonly index?: number;
  readonly state?: { readonly signal?: { readonly reason: string }; readonly error?: { readonly Error: string } };
}

/** Answers to the waits of an execution, by name, in turn; a wait without an answer runs into its own timeout. */
type Answers = Readonly<Record<string, readonly object[]>>;

async function execute(machine: string, name: string, input: object, answers: Answers): Promise<readonly Asked[]> {
  const asked = () => lines().filter(({ rolloutId }) => rolloutId === name);
  const left = Object.fromEntries(Object.entries(answers).map(([wait, list]) => [wait, [...list]]));
  const seen = new Set<string>();
  const start = new StartExecutionCommand({ stateMachineArn: outputs[machine], name, input: JSON.stringify(input) });
  const { executionArn } = await client.send(start);
  for (;;) {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== 'RUNNING') return asked();
    await eventually('a question or the end', async () => {
      const open = asked().find(({ wait, token }) => wait !== undefined && token !== undefined && !seen.has(token));
      if (open === undefined)
        return (await client.send(new DescribeExecutionCommand({ executionArn }))).status !== 'RUNNING';
      seen.add(open.token ?? '');
      const output = left[open.wait ?? '']?.shift();
      if (output !== undefined)
        await client.send(new SendTaskSuccessCommand({ taskToken: open.token, output: JSON.stringify(output) }));
      return true;
    });
  }
}

const lines = (): readonly Asked[] =>
  readFileSync(records, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Asked);

const told = (asked: readonly Asked[]) =>
  asked.map(({ wait, move, action, outcome }) => wait ?? move ?? action ?? outcome ?? 'admit');

const signal = (kind: string, wait: string, reason = 'as asked') => ({ kind, wait, reason, seconds: 1 });
const green = { green: [signal('green', 'green')] };
const acked = (wait: string) => signal('acked', wait);

describe('the canary machine, as Step Functions runs it', () => {
  test('walks a healthy rollout through every wait, each bounded by the policy’s seconds', async () => {
    const answers = { ...green, acks: [acked('acks'), acked('acks')], promoteAcks: [acked('promoteAcks')] };

    const asked = await execute('CanaryArn', 'healthy', { rolloutId: 'healthy', step: { next: 0 } }, answers);

    const step = ['step', 'acks', 'observe'];
    expect(told(asked)).toEqual([
      'admit',
      'green',
      'baseline',
      ...step,
      ...step,
      'bake',
      'promote',
      'promoteAcks',
      'continue',
      'promoted',
    ]);
    expect(asked.filter(({ move }) => move === 'step').map(({ index }) => index)).toEqual([0, 1]);
  });

  test('turns back at the judge’s word, hands the reason over, and does not wait for stragglers', async () => {
    const observe = [signal('failing', 'observe', 'canary failed 3 of 3')];

    const asked = await execute(
      'CanaryArn',
      'failing',
      { rolloutId: 'failing', step: { next: 0 } },
      { ...green, acks: [acked('acks')], observe },
    );

    expect(told(asked).slice(3)).toEqual(['step', 'acks', 'observe', 'rollback', 'zeroAcks', 'rollback', 'rolledBack']);
    expect(asked.find(({ move }) => move === 'rollback')?.state?.signal?.reason).toBe('canary failed 3 of 3');
  });

  test('heals silent sidecars once, then turns back with the timeout as the reason', async () => {
    const asked = await execute('CanaryArn', 'silent', { rolloutId: 'silent', step: { next: 0 } }, green);

    expect(told(asked).slice(3)).toEqual([
      'step',
      'acks',
      'start',
      'lastAcks',
      'rollback',
      'zeroAcks',
      'rollback',
      'rolledBack',
    ]);
    expect(asked.find(({ move }) => move === 'rollback')?.state?.error?.Error).toBe('States.Timeout');
  });

  test('goes on where a pause had stopped it', async () => {
    const answers = {
      ...green,
      acks: [acked('acks'), acked('acks')],
      observe: [signal('pause', 'observe')],
      paused: [signal('resume', 'paused')],
      promoteAcks: [acked('promoteAcks')],
    };

    const asked = await execute('CanaryArn', 'paused', { rolloutId: 'paused', step: { next: 0 } }, answers);

    expect(told(asked).slice(3, 8)).toEqual(['step', 'acks', 'observe', 'paused', 'observe']);
    expect(told(asked).at(-1)).toBe('promoted');
  });

  test('ends without a weight when its fence is lost', async () => {
    const asked = await execute('CanaryArn', 'fenced', { rolloutId: 'fenced', step: { next: 0 } }, green);

    expect(told(asked)).toEqual(['admit', 'green', 'baseline', 'step', 'superseded']);
  });
});

describe('the heal machine', () => {
  const sidecar = { proxy: { owner: '1', mesh: 'shop', kind: 'vn', name: 'front' }, task: 't1', rev: 7 };

  test('replaces the task of a sidecar that stays silent after the re-send', async () => {
    const input = { kind: 'stuckPropagation', healId: 'heal-1', rolloutId: 'heal-1', sidecar };

    const asked = await execute('HealArn', 'heal-1', input, {});

    expect(told(asked)).toEqual(['resend', 'heal', 'stop', 'close']);
  });

  test('leaves a sidecar alone that answers the re-send', async () => {
    const input = { kind: 'stuckPropagation', healId: 'heal-2', rolloutId: 'heal-2', sidecar };

    const asked = await execute('HealArn', 'heal-2', input, { heal: [acked('heal')] });

    expect(told(asked)).toEqual(['resend', 'heal', 'close']);
  });

  test('brings a rollout whose execution died to weight 0, then ECS back', async () => {
    const input = { kind: 'deadExecution', rolloutId: 'dead', reason: 'The execution ended ABORTED.' };

    const asked = await execute('HealArn', 'dead', input, { zeroAcks: [acked('zeroAcks')] });

    expect(told(asked)).toEqual(['rollback', 'zeroAcks', 'rollback', 'rolledBack']);
    expect(asked[0]?.state?.signal?.reason).toBe('The execution ended ABORTED.');
  });
});
