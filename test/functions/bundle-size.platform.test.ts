import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BundleSize, bundleSize } from '../support/bundle-sizes.ts';

const dist = mkdtempSync(join(tmpdir(), 'weir-sizes-'));
let api: BundleSize;
beforeAll(async () => {
  api = await bundleSize('mesh-api', dist);
});
afterAll(() => rmSync(dist, { recursive: true }));

test('the API function has at most 250 KB of our own code and data, and 1.1 MB in all', () => {
  expect(api.own).toBeLessThanOrEqual(250 * 1024);
  expect(api.all).toBeLessThanOrEqual(1.1 * 1024 * 1024);
});

test.each([
  ['the SDK of the API it is', 'client-app-mesh'],
  ['sources of credentials that Lambda does not have', 'credential-provider-'],
  ['clients of token services', 'nested-clients'],
])('the API function does not carry %s', (_, input) => {
  expect(api.inputs.filter((path) => path.includes(input))).toEqual([]);
});
