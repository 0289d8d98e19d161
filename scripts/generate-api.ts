import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiTable } from './app-mesh-model/api-table.ts';
import { readServiceModel } from './app-mesh-model/read-model.ts';
import { specTypes } from './app-mesh-model/spec-types.ts';

/**
 * Writes `mesh/api/model.gen.ts` (operations, shapes, constraints, errors) and `mesh/model/spec.gen.ts` (types) from
 * botocore's App Mesh service model, the only public text of the constraints. `test/mesh/api/model.test.ts` holds the
 * table against the schemas of `@aws-sdk/client-app-mesh`. Usage: `node scripts/generate-api.ts [<botocore folder>]`.
 */
const root = join(import.meta.dirname, '..');
const model = readServiceModel(process.argv[2]);
writeFileSync(join(root, 'mesh/api/model.gen.ts'), apiTable(model));
writeFileSync(join(root, 'mesh/model/spec.gen.ts'), specTypes(model));
