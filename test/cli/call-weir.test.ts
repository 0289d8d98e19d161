import { describe, expect, test } from 'vitest';
import { type Reply, weir } from '../support/cli-session.ts';

const line = ['credentials', '--endpoint', 'https://abc.execute-api.us-east-1.amazonaws.com', '--mesh', 'shop'];
const good: Reply = {
  status: 200,
  body: { accessKeyId: 'A', secretAccessKey: 'B', sessionToken: 'C', expiration: '2026-11-21T13:00:00Z' },
};
const refusal = (status: number, message: string): Reply => ({ status, body: { error: { code: 'X', message } } });

describe('a request to Weir', () => {
  test.each([
    ['no connection', new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })],
    ['throttling', refusal(429, 'slow down')],
    ['a fault of Weir', refusal(500, 'see the log')],
    ['a gateway without a function', { status: 503, body: { message: 'Service Unavailable' } }],
  ])('is tried again after %s', async (_, reply) => {
    expect(await weir(line, [reply, reply, good])).toMatchObject({ exitCode: 0, sent: [{}, {}, {}] });
  });

  test('that never succeeds ends with exit code 1 and the last reason after three tries', async () => {
    const down = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    const { exitCode, stdout, stderr, sent } = await weir(line, [down]);

    expect({ exitCode, stdout, tries: sent.length }).toEqual({ exitCode: 1, stdout: '', tries: 3 });
    expect(stderr).toBe(
      'weir: https://abc.execute-api.us-east-1.amazonaws.com does not answer: connect ECONNREFUSED. Is the endpoint right?\n',
    );
  });

  test('that is refused is not said again: exit code 4 and the reason of the API', async () => {
    const { exitCode, stderr, sent } = await weir(line, [refusal(400, 'durationSeconds is 5; must be at least 60')]);

    expect({ exitCode, tries: sent.length }).toEqual({ exitCode: 4, tries: 1 });
    expect(stderr).toContain('was refused (400): durationSeconds is 5; must be at least 60');
  });

  test('that IAM forbids says which permission it takes', async () => {
    const { exitCode, stderr } = await weir(line, [{ status: 403, body: { message: 'Forbidden' } }]);

    expect(exitCode).toBe(4);
    expect(stderr).toContain('is not allowed: Forbidden. It takes execute-api:Invoke on');
    expect(stderr).toContain('/$default/POST/weir/v1/session/shop/read');
  });

  test.each([
    ['a page', { status: 200, body: '<html>hello</html>' }],
    ['other JSON', { status: 200, body: { hello: 'world' } }],
  ])('answered by something that is not Weir, with %s, ends with exit code 1 and a hint', async (_, reply) => {
    const { exitCode, stdout, stderr } = await weir(line, [reply]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/is (it|the endpoint) Weir's ApiUrl\?/);
  });
});
