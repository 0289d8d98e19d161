import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { apiTable } from '../../scripts/app-mesh-model/api-table.ts';
import { readServiceModel } from '../../scripts/app-mesh-model/read-model.ts';
import { specTypes } from '../../scripts/app-mesh-model/spec-types.ts';

const committed = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the committed tables are what the generator makes of the model the AWS CLI ships', async () => {
  const model = readServiceModel();

  expect(apiTable(model)).toBe(await committed('mesh/api/model.gen.ts'));
  expect(specTypes(model)).toBe(await committed('mesh/model/spec.gen.ts'));
});
