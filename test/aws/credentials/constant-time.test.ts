import type * as crypto from 'node:crypto';
import { timingSafeEqual } from 'node:crypto';
import { beforeEach, expect, test, vi } from 'vitest';
import { appMeshApi, UNREACHED } from '../../support/app-mesh-api.ts';

vi.mock('node:crypto', async (original) => {
  const actual = await original<typeof crypto>();
  return { ...actual, timingSafeEqual: vi.fn((one: Buffer, other: Buffer) => actual.timingSafeEqual(one, other)) };
});
const compared = vi.mocked(timingSafeEqual);
beforeEach(() => {
  compared.mockClear();
});

const call = appMeshApi({ ...UNREACHED, list: async () => ({ items: [] }) });

test('what proves a caller, the token’s signature and the request’s, is compared in constant time', async () => {
  expect((await call({ method: 'GET', path: '/meshes' })).status).toBe(200);

  expect(compared.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength])).toEqual([
    [43, 43],
    [64, 64],
  ]);
});
