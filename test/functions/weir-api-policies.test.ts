import { describe, expect, test } from 'vitest';
import { defaultPolicy } from '#rollouts/policy.ts';
import { api } from '../support/weir-api.ts';

describe('policies', () => {
  test('are answered with what the mesh says and what is in force, and keep what a part did not name', async () => {
    const { call } = api();

    expect(await call('PUT', '/policies/shop', { bakeSeconds: 3 })).toMatchObject({
      status: 200,
      etag: '"1"',
      body: { mesh: 'shop', version: 1, own: { bakeSeconds: 3 }, effective: { ...defaultPolicy, bakeSeconds: 3 } },
    });
    await call('PUT', '/policies/shop', { alpha: 0.02 });
    expect((await call('GET', '/policies/shop')).body).toMatchObject({
      own: { bakeSeconds: 3, alpha: 0.02 },
      version: 2,
    });
  });

  test('of a virtual node lie over its mesh’s', async () => {
    const { call } = api();
    await call('PUT', '/policies/shop', { bakeSeconds: 3 });

    const { body } = await call('PUT', '/policies/shop/virtualNode/orders', { strategy: 'off' });

    expect(body).toMatchObject({
      virtualNode: 'orders',
      own: { strategy: 'off' },
      effective: { ...defaultPolicy, bakeSeconds: 3, strategy: 'off' },
    });
    await call('DELETE', '/policies/shop/virtualNode/orders');
    expect((await call('GET', '/policies/shop/virtualNode/orders')).body).toMatchObject({ own: {}, version: 2 });
  });

  test('that cannot be are refused with the path, and nothing is stored', async () => {
    const { call } = api();

    expect(await call('PUT', '/policies/shop', { steps: [{ weight: 5, seconds: 0 }] })).toMatchObject({
      status: 400,
      body: { error: { code: 'BadRequest', path: 'steps[0].seconds' } },
    });
    expect((await call('GET', '/policies/shop')).body).toMatchObject({ own: {}, version: 0 });
  });

  test('of a mesh must leave those of its nodes possible', async () => {
    const { call } = api();
    await call('PUT', '/policies/shop', { linear: { stepPercent: 20, seconds: 5 } });
    await call('PUT', '/policies/shop/virtualNode/orders', { strategy: 'linear' });

    expect(await call('PUT', '/policies/shop', { linear: null })).toMatchObject({
      status: 400,
      body: { error: { path: 'linear', message: expect.stringContaining('virtual node orders') } },
    });
  });

  test('are not overwritten by a writer who names the version it read', async () => {
    const { call } = api();
    const { etag = '' } = await call('GET', '/policies/shop');
    await call('PUT', '/policies/shop', { bakeSeconds: 3 }, {}, { 'if-match': etag });

    expect(await call('PUT', '/policies/shop', { bakeSeconds: 4 }, {}, { 'if-match': etag })).toMatchObject({
      status: 412,
      body: { error: { code: 'PreconditionFailed' } },
    });
    expect((await call('GET', '/policies/shop')).body).toMatchObject({ own: { bakeSeconds: 3 } });
  });

  test('of a dry run are answered or refused as they would be, and nothing is stored', async () => {
    const { call } = api();
    await call('PUT', '/policies/shop', { bakeSeconds: 3 });
    const dryRun = { dryRun: 'true' };

    expect(await call('PUT', '/policies/shop', { alpha: 0.02 }, dryRun)).toMatchObject({
      status: 200,
      body: { version: 1, own: { bakeSeconds: 3, alpha: 0.02 }, effective: { alpha: 0.02 } },
    });
    expect(await call('PUT', '/policies/shop', { steps: [] }, dryRun)).toMatchObject({ status: 400 });
    expect(await call('PUT', '/policies/ghost', {}, dryRun)).toMatchObject({ status: 404 });
    expect(await call('PUT', '/policies/shop', {}, { dryRun: 'yes' })).toMatchObject({ status: 400 });
    expect((await call('GET', '/policies/shop')).body).toMatchObject({ version: 1, own: { bakeSeconds: 3 } });
  });

  test('of what is not there are refused, for a typo must not pass', async () => {
    const { call } = api();

    expect(await call('PUT', '/policies/shpo', { bakeSeconds: 3 })).toMatchObject({
      status: 404,
      body: { error: { code: 'NotFound', message: 'there is no mesh shpo' } },
    });
    expect((await call('GET', '/policies/shop/virtualNode/nobody')).status).toBe(404);
  });

  test('have a JSON Schema', async () => {
    expect((await api().call('GET', '/policies/schema')).body).toMatchObject({
      type: 'object',
      additionalProperties: false,
    });
  });
});
