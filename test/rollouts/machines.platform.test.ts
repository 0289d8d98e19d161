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
import { firstStep } from '#rollouts/next-move.ts';
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
  readonly step?: { readonly next: number; readonly weight: number | null };
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

const signal = (kind: string, wait: string, reason = 'as asked') => ({ kind, wait, reason, seconds: 1, weight: 0 });
/** What an execution starts with. */
const input = (rolloutId: string) => ({ rolloutId, step: firstStep });
const green = { green: [signal('green', 'green')] };
const acked = (wait: string) => signal('acked', wait);

describe('the canary machine, as Step Functions runs it', () => {
  test('walks a healthy rollout through every wait, each bounded by the policy’s seconds', async () => {
    const answers = { ...green, acks: [acked('acks'), acked('acks')], promoteAcks: [acked('promoteAcks')] };

    const asked = await execute('CanaryArn', 'healthy', input('healthy'), answers);

    const steps = ['step', 'acks', 'observe', 'step', 'acks', 'bake', 'step', 'promoteAcks'];
    expect(told(asked)).toEqual(['admit', 'green', 'baseline', ...steps, 'continue', 'promoted']);
    expect(asked.filter(({ move }) => move === 'step').map(({ step }) => step?.next)).toEqual([0, 1, 2]);
  });

  test('turns back at the judge’s word, hands the reason over, and does not wait for stragglers', async () => {
    const observe = [signal('failing', 'observe', 'canary failed 3 of 3')];

    const asked = await execute('CanaryArn', 'failing', input('failing'), { ...green, acks: [acked('acks')], observe });

    expect(told(asked).slice(3)).toEqual(['step', 'acks', 'observe', 'rollback', 'zeroAcks', 'rollback', 'rolledBack']);
    expect(asked.find(({ move }) => move === 'rollback')?.state?.signal?.reason).toBe('canary failed 3 of 3');
  });

  test('heals silent sidecars once, then turns back with the timeout as the reason', async () => {
    const asked = await execute('CanaryArn', 'silent', input('silent'), green);

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

    const asked = await execute('CanaryArn', 'paused', input('paused'), answers);

    expect(told(asked).slice(3, 8)).toEqual(['step', 'acks', 'observe', 'paused', 'observe']);
    expect(told(asked).at(-1)).toBe('promoted');
  });

  test('stands at a gate, and asks again once it is opened', async () => {
    const answers = {
      ...green,
      gate: [signal('cleared', 'gate')],
      acks: [acked('acks'), acked('acks')],
      promoteAcks: [acked('promoteAcks')],
    };

    const asked = await execute('CanaryArn', 'gated', input('gated'), answers);

    expect(told(asked).slice(3, 8)).toEqual(['step', 'gate', 'step', 'acks', 'observe']);
    expect(told(asked).at(-1)).toBe('promoted');
  });

  test('pauses a step that proves nothing, watches it once more when resumed, and leaves it on somebody’s word', async () => {
    const answers = {
      ...green,
      acks: [acked('acks'), acked('acks')],
      paused: [signal('resume', 'paused'), signal('promote', 'paused')],
      promoteAcks: [acked('promoteAcks')],
    };

    const asked = await execute('CanaryArn', 'doubted', input('doubted'), answers);

    expect(told(asked).slice(3, 9)).toEqual(['step', 'acks', 'observe', 'step', 'paused', 'observe']);
    expect(told(asked).at(-1)).toBe('promoted');
  });

  test('takes a weight that somebody asks for, and goes on from there', async () => {
    const observe = [{ ...signal('setWeight', 'observe'), weight: 40 }];
    const answers = {
      ...green,
      acks: [acked('acks'), acked('acks'), acked('acks')],
      observe,
      promoteAcks: [acked('promoteAcks')],
    };

    const asked = await execute('CanaryArn', 'weighed', input('weighed'), answers);

    expect(asked.filter(({ move }) => move === 'step').map(({ step }) => step?.weight)).toEqual([null, 40, null]);
    expect(told(asked).at(-1)).toBe('promoted');
  });

  test('ends without a weight when its fence is lost', async () => {
    const asked = await execute('CanaryArn', 'fenced', input('fenced'), green);

    expect(told(asked)).toEqual(['admit', 'green', 'baseline', 'step', 'superseded']);
  });
});

describe('the heal machine', () => {
  const sidecar = { proxy: { owner: '1', mesh: 'shop', kind: 'vn', name: 'front' }, task: 't1', rev: 7 };

  test('replaces the task of a sidecar that stays silent after the re-send', async () => {
    const repair = { kind: 'stuckPropagation', healId: 'heal-1', rolloutId: 'heal-1', sidecar };

    const asked = await execute('HealArn', 'heal-1', repair, {});

    expect(told(asked)).toEqual(['resend', 'heal', 'stop', 'close']);
  });

  test('leaves a sidecar alone that answers the re-send', async () => {
    const repair = { kind: 'stuckPropagation', healId: 'heal-2', rolloutId: 'heal-2', sidecar };

    const asked = await execute('HealArn', 'heal-2', repair, { heal: [acked('heal')] });

    expect(told(asked)).toEqual(['resend', 'heal', 'close']);
  });

  test('brings a rollout whose execution died to weight 0, then ECS back', async () => {
    const repair = { kind: 'deadExecution', rolloutId: 'dead', reason: 'The execution ended ABORTED.' };

    const asked = await execute('HealArn', 'dead', repair, { zeroAcks: [acked('zeroAcks')] });

    expect(told(asked)).toEqual(['rollback', 'zeroAcks', 'rollback', 'rolledBack']);
    expect(asked[0]?.state?.signal?.reason).toBe('The execution ended ABORTED.');
  });
});
