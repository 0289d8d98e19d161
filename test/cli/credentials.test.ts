import { describe, expect, test } from 'vitest';
import type { SessionCache } from '../../cli/session-cache.ts';
import { caller, type Reply, weir } from '../support/cli-session.ts';

const endpoint = 'https://abc123.execute-api.us-west-2.amazonaws.com';
const keys = { accessKeyId: 'ASIAWEIRAAAABBBBCCCC', secretAccessKey: "s/e+c'ret", sessionToken: 'weir1.c.s' };
const lastsUntil = (expiration: string): Reply => ({ status: 200, body: { ...keys, expiration } });
const issued = lastsUntil('2026-11-21T13:00:00.000Z');
const line = (...more: string[]) => ['credentials', '--endpoint', endpoint, '--mesh', 'shop', ...more];

function memory(): SessionCache & { texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    read: (key) => texts.get(key.join()),
    write: (key, text) => void texts.set(key.join(), text),
  };
}

describe('weir credentials', () => {
  test('prints what credential_process is to print, and nothing else', async () => {
    const { stdout, stderr, exitCode } = await weir(line(), [issued]);

    expect(JSON.parse(stdout)).toEqual({
      Version: 1,
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      SessionToken: keys.sessionToken,
      Expiration: '2026-11-21T13:00:00.000Z',
    });
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  });

  test('asks for what the options say, in the path, signed by the caller for the region of the endpoint', async () => {
    const { sent } = await weir(line('--access', 'write', '--duration', '900'), [issued]);

    expect(sent).toMatchObject([
      { method: 'POST', url: `${endpoint}/weir/v1/session/shop/write`, body: { durationSeconds: 900 } },
    ]);
    expect(sent[0]?.headers['authorization']).toContain(
      `Credential=${caller.accessKeyId}/20261121/us-west-2/execute-api/aws4_request`,
    );
  });

  test('encodes the name of the mesh, and asks to read when nobody says what for', async () => {
    const { sent } = await weir(['credentials', '--endpoint', `${endpoint}/`, '--mesh', 'a b%*'], [issued]);

    expect(sent[0]?.url).toBe(`${endpoint}/weir/v1/session/a%20b%25%2A/read`);
    expect(sent[0]?.body).toEqual({});
  });

  test('--output text prints exports that a shell can take whatever they hold', async () => {
    const { stdout } = await weir(line('--output', 'text'), [issued]);

    expect(stdout).toBe(
      `export AWS_ACCESS_KEY_ID='${keys.accessKeyId}'\n` +
        `export AWS_SECRET_ACCESS_KEY='s/e+c'\\''ret'\n` +
        `export AWS_SESSION_TOKEN='weir1.c.s'\n`,
    );
  });

  test.each([
    [['credentials', '--endpoint', endpoint], "required option '--mesh <name>'"],
    [line('--access', 'all'), 'Allowed choices are read, write, admin'],
    [line('--duration', '1h'), 'whole number of at least 60'],
    [line('--duration', '59'), 'whole number of at least 60'],
    [line('--color'), "unknown option '--color'"],
    [['credential'], "unknown command 'credential'"],
    [['credentials', '--mesh', 'm', '--endpoint', 'http://weir.example.com'], 'is no https URL'],
  ])('%j is a usage error: exit code 2, the reason on stderr, nothing sent or printed', async (args, reason) => {
    const { exitCode, stdout, stderr, sent } = await weir(args, [issued]);

    expect({ exitCode, stdout, sent }).toEqual({ exitCode: 2, stdout: '', sent: [] });
    expect(stderr).toContain(reason);
  });
});

describe('what weir credentials keeps', () => {
  test('is used again while it lasts long enough to be of use to botocore', async () => {
    const cache = memory();
    const first = await weir(line(), [lastsUntil('2026-11-21T12:15:01Z')], {}, cache);
    const second = await weir(line(), [new Error('was asked')], {}, cache);

    expect(first.sent).toHaveLength(1);
    expect(second).toMatchObject({ exitCode: 0, stdout: first.stdout, sent: [] });
  });

  test.each([
    ['it is about to expire', '2026-11-21T12:15:00Z', line()],
    ['another access is asked for', '2026-11-21T13:00:00Z', line('--access', 'admin')],
    ['another mesh is asked for', '2026-11-21T13:00:00Z', line('--mesh', 'other')],
    ['another duration is asked for', '2026-11-21T13:00:00Z', line('--duration', '600')],
    ['another Weir is asked', '2026-11-21T13:00:00Z', line('--endpoint', 'https://other.example.com')],
    ['--no-cache is given', '2026-11-21T13:00:00Z', line('--no-cache')],
  ])('is not used when %s', async (_, expiration, again) => {
    const cache = memory();
    await weir(line(), [lastsUntil(expiration)], {}, cache);

    expect((await weir(again, [issued], {}, cache)).sent).toHaveLength(1);
  });

  test('belongs to the identity it was given to', async () => {
    const cache = memory();
    await weir(line(), [issued], {}, cache);
    const somebodyElse = async () => ({
      credentials: async () => ({ ...caller, accessKeyId: 'AKIAANOTHER' }),
      region: async () => 'eu-west-1',
    });

    expect((await weir(line(), [issued], { callerOf: somebodyElse }, cache)).sent).toHaveLength(1);
  });

  test('may be broken: then it is asked for anew', async () => {
    const cache = memory();
    await weir(line(), [issued], {}, cache);
    for (const key of cache.texts.keys()) cache.texts.set(key, '{"accessKeyId":');

    expect(await weir(line(), [issued], {}, cache)).toMatchObject({ exitCode: 0, sent: [{}] });
  });
});
