import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../cli/connect.ts';
import type { Session } from '../../cli/session.ts';
import { caller } from '../support/cli-session.ts';

const iam = { accessKeyId: 'ASIALOCAL', secretAccessKey: 'x', sessionToken: 'y' };
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-connect-'));
  mkdirSync(join(directory, '.local'));
  const run = {
    weir: 'http://127.0.0.1:1234/_aws/execute-api/a',
    ecs: 'http://127.0.0.1:1235',
    region: 'us-east-1',
    iam,
  };
  writeFileSync(join(directory, '.local', 'run.json'), JSON.stringify(run));
});
afterAll(() => rmSync(directory, { recursive: true }));

type World = Pick<Session, 'environment' | 'directory' | 'callerOf' | 'stackOutput'>;

function session(overrides: Partial<World>): Session {
  const unused = () => {
    throw new Error('connecting does not do this');
  };
  const world: World = {
    environment: {},
    directory: '/nonexistent',
    callerOf: async () => ({ credentials: async () => caller, region: async () => 'eu-west-1' }),
    stackOutput: async (stack, output, { region }) => `https://${stack}-${output}-${region}.example.com`,
  };
  return {
    ...world,
    ecsServices: unused,
    ask: unused,
    print: unused,
    tell: unused,
    fetch: unused,
    now: unused,
    sleep: unused,
    ...overrides,
  };
}

describe('Weir is found', () => {
  test('where --endpoint says, before all else', async () => {
    const environment = { WEIR_ENDPOINT: 'https://no.example.com', WEIR_STACK: 'no' };
    const options = { endpoint: 'https://abc.execute-api.ap-south-1.amazonaws.com', stack: 'no' };

    expect(await connect(session({ environment, directory }), options)).toEqual({
      endpoint: options.endpoint,
      region: 'ap-south-1',
      credentials: caller,
    });
  });

  test('by the stack that --stack names, before the environment', async () => {
    const environment = { WEIR_ENDPOINT: 'https://no.example.com' };
    const { endpoint } = await connect(session({ environment, directory }), { stack: 'mine', region: 'us-west-1' });

    expect(endpoint).toBe('https://mine-ApiUrl-us-west-1.example.com');
  });

  test('where WEIR_ENDPOINT says, then by WEIR_STACK, before a run of this machine', async () => {
    const at = { WEIR_ENDPOINT: 'https://own.example.com', WEIR_STACK: 'no' };
    const by = { WEIR_STACK: 'other' };

    expect(await connect(session({ environment: at, directory }), {})).toMatchObject({
      endpoint: 'https://own.example.com',
      region: 'eu-west-1',
    });
    expect(await connect(session({ environment: by, directory }), {})).toMatchObject({
      endpoint: 'https://other-ApiUrl-eu-west-1.example.com',
    });
  });

  test('on this machine when it runs here, called as its operator and not with keys of AWS', async () => {
    const callerOf = () => Promise.reject(new Error('nobody asks for AWS credentials'));

    expect(await connect(session({ directory, callerOf }), {})).toEqual({
      endpoint: 'http://127.0.0.1:1234/_aws/execute-api/a',
      region: 'us-east-1',
      credentials: iam,
      ecs: 'http://127.0.0.1:1235',
    });
  });

  test('by the stack weir when nothing says otherwise', async () => {
    expect((await connect(session({}), {})).endpoint).toBe('https://weir-ApiUrl-eu-west-1.example.com');
  });
});

describe('Weir is not found', () => {
  const failing = (message: string) => () => Promise.reject(new Error(message));
  const withCaller = (credentials: () => Promise<typeof caller>, region = async () => 'eu-west-1') =>
    session({ callerOf: async () => ({ credentials, region }) });

  test.each([
    [
      'nobody is logged in',
      withCaller(failing('no providers')),
      /no AWS credentials: no providers. Log in to the profile dev/,
    ],
    [
      'the keys are Weir keys',
      withCaller(async () => ({ ...caller, accessKeyId: 'ASIAWEIRX' })),
      /a key for the App Mesh API.*--profile/,
    ],
    [
      'no region is known',
      withCaller(async () => caller, failing('Region is missing')),
      /no AWS region: give --region/,
    ],
    [
      'there is no such stack',
      session({ stackOutput: failing('Stack with id weir does not exist') }),
      /the stack weir in eu-west-1 cannot be read: Stack with id weir does not exist.*--stack/,
    ],
    ['the stack is another one', session({ stackOutput: async () => undefined }), /has no output ApiUrl.*--endpoint/],
  ])('when %s: exit code 3, and what to do', async (_, world, message) => {
    await expect(connect(world, { profile: 'dev' })).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(message),
    });
  });

  test('by a run file that is broken: exit code 3, and which file', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'weir-connect-'));
    mkdirSync(join(broken, '.local'));
    writeFileSync(join(broken, '.local', 'run.json'), '{}');

    await expect(connect(session({ directory: broken }), {})).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(join(broken, '.local', 'run.json')),
    });
    rmSync(broken, { recursive: true });
  });
});
