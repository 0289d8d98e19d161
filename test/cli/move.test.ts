import { describe, expect, test } from 'vitest';
import { weir } from '../support/cli-session.ts';

const where = ['--mesh', 'shop', '--router', 'orders'];
const endpoint = ['--endpoint', 'https://abc.execute-api.eu-west-1.amazonaws.com'];
const started = { status: 202, body: { id: 'route-0123456789ab' } };

describe('weir move', () => {
  test('asks for the traffic of the routes that name both nodes', async () => {
    const { stdout, sent, exitCode } = await weir(['move', 'v1', 'v2', ...where, ...endpoint], [started]);

    expect(exitCode).toBe(0);
    expect(sent.map(({ method, body }) => [method, body])).toEqual([
      ['POST', { mesh: 'shop', virtualRouter: 'orders', from: 'v1', to: 'v2' }],
    ]);
    expect(sent[0]?.url).toMatch(/\/weir\/v1\/rollouts$/);
    expect(stdout).toBe('route-0123456789ab: heard. See: weir rollouts show route-0123456789ab\n');
  });

  test('asks for the routes it is given', async () => {
    const { sent } = await weir(['move', 'v1', 'v2', ...where, '--route', 'main', 'slow', ...endpoint], [started]);
    expect(sent[0]?.body).toMatchObject({ routes: ['main', 'slow'] });
  });

  test('says why the API refused', async () => {
    const message = 'no route of virtual router orders names both v1 and v2: add v2 with weight 0';
    const refusal = { status: 409, body: { error: { code: 'Conflict', message } } };
    const { stderr, exitCode } = await weir(['move', 'v1', 'v2', ...where, ...endpoint], [refusal]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain(message);
  });

  test('without a router is a wrong line', async () => {
    const { exitCode } = await weir(['move', 'v1', 'v2', '--mesh', 'shop', ...endpoint], []);
    expect(exitCode).toBe(2);
  });
});
