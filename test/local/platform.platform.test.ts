import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Credentials } from '../../local/ministack.ts';
import { startPlatform } from '../../local/platform.ts';
import { eventually } from './fixture-stack.ts';

type Started = {
  child: ChildProcess;
  directory: string;
  urls: Record<string, string>;
  network: string;
  runFile: string;
};

const scratch = mkdtempSync(join(tmpdir(), 'weir-platform-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function start(name: string): Promise<Started> {
  const runFile = join(scratch, `${name}.json`);
  const program = fileURLToPath(new URL('fixtures/run-platform.ts', import.meta.url));
  const child = spawn(process.execPath, [program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, WEIR_RUN_FILE: runFile },
  });
  const [line] = await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return { child, runFile, ...JSON.parse(String(line)) };
}

/** Ids of the processes that belong to a run: they know its directory from their command line or environment. */
function processesOf({ directory, child }: Started): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== child.pid);
  return pids.filter(
    (pid) => mentions(`/proc/${pid}/cmdline`, directory) || mentions(`/proc/${pid}/environ`, directory),
  );
}

function mentions(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'utf8').includes(text);
  } catch {
    return false;
  }
}

const refused = async (url: string) =>
  await fetch(url).then(
    () => false,
    () => true,
  );

async function leavesNothing(run: Started): Promise<void> {
  await eventually('every process of the run has ended', () => processesOf(run).length === 0 || undefined);
  for (const url of Object.values(run.urls)) expect(await refused(url), url).toBe(true);
  await eventually('its state is removed', () => !existsSync(join(run.directory, 'aws')) || undefined);
  await eventually('run.json is gone', () => !existsSync(run.runFile) || undefined);
}

describe('two runs side by side', () => {
  let first: Started;
  let second: Started;
  beforeAll(async () => {
    [first, second] = await Promise.all([start('first'), start('second')]);
  });

  test('keep what their functions say in their own logs', async () => {
    for (const { directory } of [first, second]) {
      const log = () => readFileSync(join(directory, 'ministack.log'), 'utf8');
      await eventually('what the function Record wrote', () => log().includes('Alarm State Change {') || undefined);
    }
  });

  test('have their own networks, ports and state', () => {
    expect(second.network).not.toBe(first.network);
    const urls = [...Object.values(first.urls), ...Object.values(second.urls)];
    expect(new Set(urls).size).toBe(urls.length);
    expect(processesOf(first)).not.toEqual([]);
  });

  test('publish run.json in the documented shape, with credentials of roles and never of the root', async () => {
    const run = JSON.parse(readFileSync(first.runFile, 'utf8'));
    const set = {
      accessKeyId: expect.any(String),
      secretAccessKey: expect.any(String),
      sessionToken: expect.any(String),
    };
    expect(run).toEqual({
      ...first.urls,
      console: null,
      region: 'us-east-1',
      account: '000000000000',
      credentials: set,
      iam: set,
    });
    const client = { endpoint: run.aws, region: run.region, credentials: run.iam };
    const { Arn } = await new STSClient(client).send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe('arn:aws:sts::000000000000:assumed-role/weir-local-operator/local');
    expect(run.credentials.accessKeyId, 'who asked the session endpoint').toBe(Arn);
    await new LambdaClient(client).send(new ListFunctionsCommand({}));
  });

  test('judge alarms and publish their transitions', async () => {
    const run = JSON.parse(readFileSync(first.runFile, 'utf8'));
    const client = { endpoint: run.aws, region: run.region, credentials: run.iam };
    const metric = { MetricName: 'Errors', Dimensions: [{ Name: 'Mesh', Value: 'shop' }], Value: 100 };
    const published = new PutMetricDataCommand({ Namespace: 'Weir', MetricData: [metric] });
    await new CloudWatchClient(client).send(published);
    const event = await eventually('the function logs the event', () => alarmEvent(client));
    expect(event).toMatchObject({
      source: 'aws.cloudwatch',
      resources: ['arn:aws:cloudwatch:us-east-1:000000000000:alarm:weir-errors'],
      detail: {
        alarmName: 'weir-errors',
        state: {
          value: 'ALARM',
          reason: expect.stringContaining('Threshold Crossed: 1 out of the last 1 datapoints [100]'),
        },
        previousState: { value: expect.stringMatching(/OK|INSUFFICIENT_DATA/) },
        configuration: {
          metrics: [
            { metricStat: { metric: { name: 'Errors', dimensions: { Mesh: 'shop' } }, period: 10, stat: 'Sum' } },
          ],
        },
      },
    });
  });

  test('leave nothing behind after SIGTERM, and the other one runs on', async () => {
    first.child.kill('SIGTERM');
    expect(await once(first.child, 'exit')).toEqual([0, null]);
    await leavesNothing(first);
    expect((await fetch(`${second.urls['appmesh']}/v20190125/meshes`)).status).toBe(200);
  });

  test('leave nothing behind after kill -9', async () => {
    second.child.kill('SIGKILL');
    await leavesNothing(second);
  });
});

test('a start that fails takes back what it had started and says why', async () => {
  const template = join(scratch, 'missing.yaml');
  const log: string[] = [];
  await expect(startPlatform({ template, log: (line) => log.push(line) })).rejects.toThrow(/missing\.yaml/);
  expect(log.at(-1)).toContain('deploying');
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  expect(children.filter((pid) => mentions(`/proc/${pid}/cmdline`, 'launcher.py'))).toEqual([]);
});

/** The transition to ALARM as the function `Record` printed it. */
async function alarmEvent(client: {
  endpoint: string;
  region: string;
  credentials: Required<Credentials>;
}): Promise<unknown> {
  const logs = new CloudWatchLogsClient(client);
  const { logGroups } = await logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/lambda/weir-Record' }),
  );
  const logGroupName = logGroups?.[0]?.logGroupName;
  if (logGroupName === undefined) return undefined;
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
  const lines = events
    .flatMap(({ message = '' }) => message.split('\n'))
    .filter((line) => line.startsWith('CloudWatch Alarm'));
  return lines
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))))
    .find(({ detail }) => detail.state.value === 'ALARM');
}
