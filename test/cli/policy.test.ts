import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, weir } from '../support/cli-session.ts';

const endpoint = ['--endpoint', 'https://abc.execute-api.eu-west-1.amazonaws.com'];
const answer: Reply = {
  status: 200,
  body: { mesh: 'my shop', version: 3, own: { bakeSeconds: 600 }, effective: { alpha: 0.01, bakeSeconds: 600 } },
};
let folder: string;
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-policy-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('weir policy', () => {
  test('get prints what the mesh says, as a file for put; --effective what is in force', async () => {
    const own = await weir(['policy', 'get', 'my shop', ...endpoint], [answer]);
    const effective = await weir(['policy', 'get', 'my shop', '--effective', ...endpoint], [answer]);

    expect(own.sent[0]).toMatchObject({ method: 'GET', url: expect.stringMatching(/\/policies\/my%20shop$/) });
    expect(own.stdout).toBe('bakeSeconds: 600\n');
    expect(effective.stdout).toBe('alpha: 0.01\nbakeSeconds: 600\n');
  });

  test('put sends what a YAML file says, of a node over its mesh', async () => {
    const policy = file('a.yaml', 'steps:\n  - { weight: 5, seconds: 30 } # carefully\nalarms: [p99]\nlinear: null\n');
    const { sent, exitCode } = await weir(['policy', 'put', 'shop', policy, '--node', 'a/b', ...endpoint], [answer]);

    expect(exitCode).toBe(0);
    expect(sent).toMatchObject([
      {
        method: 'PUT',
        url: expect.stringMatching(/\/policies\/shop\/virtualNode\/a%2Fb$/),
        body: { steps: [{ weight: 5, seconds: 30 }], alarms: ['p99'], linear: null },
      },
    ]);
  });

  test('validate asks without writing, and tells what is refused with exit code 4', async () => {
    const refused: Reply = { status: 400, body: { error: { message: 'steps[0].weight must be at most 100' } } };
    const policy = file('b.json', '{"steps":[{"weight":500,"seconds":30}]}');
    const { sent, exitCode, stderr } = await weir(['policy', 'validate', 'shop', policy, ...endpoint], [refused]);

    expect(sent[0]?.url).toMatch(/\/policies\/shop\?dryRun=true$/);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('steps[0].weight must be at most 100');
  });

  test('delete takes it away', async () => {
    expect((await weir(['policy', 'delete', 'shop', ...endpoint], [answer])).sent).toMatchObject([
      { method: 'DELETE' },
    ]);
  });

  test('--output json prints the whole answer', async () => {
    const { stdout } = await weir(['policy', 'get', 'shop', '--output', 'json', ...endpoint], [answer]);

    expect(JSON.parse(stdout)).toMatchObject({ version: 3 });
  });

  test.each([
    ['a list', '- 1\n', /is no policy/],
    ['nothing', '', /is no policy/],
    ['a field twice', 'alpha: 1\nalpha: 2\n', /cannot be read: Map keys must be unique/],
    ['no YAML', 'a: [1', /cannot be read/],
  ])('a file with %s is not sent: exit code 3 and the reason', async (_, text, reason) => {
    const { exitCode, stderr, sent } = await weir(['policy', 'put', 'shop', file('bad', text), ...endpoint], [answer]);

    expect({ exitCode, sent }).toEqual({ exitCode: 3, sent: [] });
    expect(stderr).toMatch(reason);
  });

  test('a file that is not there is named', async () => {
    const { exitCode, stderr } = await weir(['policy', 'put', 'shop', join(folder, 'none'), ...endpoint], [answer]);

    expect(exitCode).toBe(3);
    expect(stderr).toContain(join(folder, 'none'));
  });
});
