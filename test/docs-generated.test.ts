import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pageNames, renderPage } from '../scripts/generate-docs.ts';

const root = join(import.meta.dirname, '..');

test.each(pageNames())('docs/%s.md is what node scripts/generate-docs.ts makes of it', async (name) => {
  const { file, text } = await renderPage(name);

  expect(readFileSync(join(root, file), 'utf8')).toBe(text);
});

test('there are generated pages', () => {
  expect(pageNames()).toContain('app-mesh-api');
});
