import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { apiTable, type ServiceModel } from './app-mesh-model/api-table.ts';
import { specTypes } from './app-mesh-model/spec-types.ts';

/**
 * Writes `mesh/api/model.gen.ts` (operations, shapes, constraints, errors) and `mesh/model/spec.gen.ts` (types) from
 * botocore's App Mesh service model, the only public text of the constraints. `test/mesh/api/model.test.ts` holds the
 * table against the schemas of `@aws-sdk/client-app-mesh`. Usage: `node scripts/generate-api.ts [<botocore folder>]`,
 * default `WEIR_BOTOCORE`, else the one in `.local/venv-test`.
 */
const root = join(import.meta.dirname, '..');

function botocore(): string {
  const given = process.argv[2] ?? process.env['WEIR_BOTOCORE'];
  const [found] = globSync(join(root, '.local/venv*/lib/python3*/site-packages/botocore'));
  const folder = given ?? found;
  if (folder !== undefined && existsSync(folder)) return folder;
  throw new Error('no botocore found: pass its folder as the argument or in WEIR_BOTOCORE (pip install botocore)');
}

const packed = readFileSync(join(botocore(), 'data/appmesh/2019-01-25/service-2.json.gz'));
const model: ServiceModel = JSON.parse(gunzipSync(packed).toString('utf8'));
writeFileSync(join(root, 'mesh/api/model.gen.ts'), apiTable(model));
writeFileSync(join(root, 'mesh/model/spec.gen.ts'), specTypes(model));
