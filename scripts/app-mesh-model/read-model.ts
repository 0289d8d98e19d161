import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ServiceModel } from './api-table.ts';

const root = join(import.meta.dirname, '../..');

/**
 * App Mesh's service model out of a botocore: the folder given, `WEIR_BOTOCORE`, or the one beside the AWS CLI in
 * `.local/venv-test`.
 */
export function readServiceModel(given = process.env['WEIR_BOTOCORE']): ServiceModel {
  const [found] = globSync(join(root, '.local/venv-test/lib/python3*/site-packages/botocore'));
  const folder = given ?? found;
  if (folder === undefined || !existsSync(folder))
    throw new Error('no botocore found: run npm test once, or name its folder in WEIR_BOTOCORE (pip install botocore)');
  const packed = readFileSync(join(folder, 'data/appmesh/2019-01-25/service-2.json.gz'));
  return JSON.parse(gunzipSync(packed).toString('utf8'));
}
